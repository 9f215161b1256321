using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kpio.Scenarios.Tests;

/// <summary>As much of JSON Schema as docs/schema uses, to check documents with it; a keyword that it does not know is an error.</summary>
internal sealed class JsonSchema
{
    private readonly JsonElement _root;

    public JsonSchema(JsonElement root) => _root = root;

    /// <summary>What is wrong with a value; nothing when it fits.</summary>
    public IReadOnlyList<string> Check(JsonElement value)
    {
        var problems = new List<string>();
        Check(_root, value, "$", problems);
        return problems;
    }

    private void Check(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            JsonElement rule = keyword.Value;
            bool fits = true;
            switch (keyword.Name)
            {
                case "$schema" or "title" or "description" or "$defs" or "additionalProperties":
                    break;
                case "$ref":
                    Check(Resolve(rule.GetString()!), value, at, problems);
                    break;
                case "type":
                    fits = rule.ValueKind == JsonValueKind.Array ? rule.EnumerateArray().Any(type => Is(type.GetString()!, value)) : Is(rule.GetString()!, value);
                    break;
                case "enum":
                    fits = rule.EnumerateArray().Any(one => one.ToString() == value.ToString() && one.ValueKind == value.ValueKind);
                    break;
                case "anyOf":
                    fits = rule.EnumerateArray().Any(one => Fits(one, value, at));
                    break;
                case "required":
                    fits = value.ValueKind != JsonValueKind.Object || rule.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _));
                    break;
                case "properties":
                    CheckProperties(schema, value, at, problems);
                    break;
                case "items":
                    if (value.ValueKind == JsonValueKind.Array)
                    {
                        int index = 0;
                        foreach (JsonElement item in value.EnumerateArray())
                            Check(rule, item, $"{at}[{index++}]", problems);
                    }

                    break;
                case "pattern":
                    fits = value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, rule.GetString()!);
                    break;
                case "minimum":
                    fits = value.ValueKind != JsonValueKind.Number || value.GetDouble() >= rule.GetDouble();
                    break;
                case "maximum":
                    fits = value.ValueKind != JsonValueKind.Number || value.GetDouble() <= rule.GetDouble();
                    break;
                case "minLength":
                    fits = value.ValueKind != JsonValueKind.String || value.GetString()!.Length >= rule.GetInt32();
                    break;
                case "minItems":
                    fits = value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= rule.GetInt32();
                    break;
                case "minProperties":
                    fits = value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() >= rule.GetInt32();
                    break;
                case "maxProperties":
                    fits = value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() <= rule.GetInt32();
                    break;
                default:
                    throw new NotSupportedException($"keyword {keyword.Name}");
            }

            if (!fits)
                problems.Add($"{at}: {keyword.Name} {rule.GetRawText().ReplaceLineEndings(" ")}");
        }

        if (!schema.TryGetProperty("properties", out _))
            CheckProperties(schema, value, at, problems);
    }

    private bool Fits(JsonElement schema, JsonElement value, string at)
    {
        var problems = new List<string>();
        Check(schema, value, at, problems);
        return problems.Count == 0;
    }

    private void CheckProperties(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return;
        bool hasOthers = schema.TryGetProperty("additionalProperties", out JsonElement others);
        bool hasOwn = schema.TryGetProperty("properties", out JsonElement own);
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (hasOwn && own.TryGetProperty(property.Name, out JsonElement rule))
                Check(rule, property.Value, $"{at}.{property.Name}", problems);
            else if (hasOthers && others.ValueKind == JsonValueKind.False)
                problems.Add($"{at}: no such key: {property.Name}");
            else if (hasOthers)
                Check(others, property.Value, $"{at}.{property.Name}", problems);
        }
    }

    private JsonElement Resolve(string reference)
    {
        JsonElement at = _root;
        foreach (string part in reference.Split('/').Skip(1))
            at = at.GetProperty(part);
        return at;
    }

    private static bool Is(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => throw new NotSupportedException($"type {type}"),
    };
}
