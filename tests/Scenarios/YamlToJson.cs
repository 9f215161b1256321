using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kpio.Scenarios.Tests;

/// <summary>A YAML document as editors see it when they check it with a JSON schema: plain scalars have YAML 1.2's types.</summary>
internal static class YamlToJson
{
    public static JsonElement Read(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return JsonSerializer.SerializeToElement(Convert(stream.Documents[0].RootNode));
    }

    private static JsonNode? Convert(YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                var entries = new JsonObject();
                foreach ((YamlNode key, YamlNode value) in mapping)
                    entries[((YamlScalarNode)key).Value!] = Convert(value);
                return entries;
            case YamlSequenceNode list:
                return new JsonArray([.. list.Select(Convert)]);
        }

        var scalar = (YamlScalarNode)node;
        string text = scalar.Value!;
        if (scalar.Style != ScalarStyle.Plain)
            return text;
        return text switch
        {
            "true" => true,
            "false" => false,
            "" or "~" or "null" => null,
            _ when text.StartsWith("0o", StringComparison.Ordinal) => System.Convert.ToInt64(text[2..], 8),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
            _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
            _ => text,
        };
    }
}
