using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kpio.Cli.Testing.Reading;

/// <summary>A key of a mapping.</summary>
/// <param name="Name">The key.</param>
/// <param name="Read">Takes its value over; throws <see cref="ScenarioSyntaxException"/> when it does not fit.</param>
/// <param name="IsRequired">Whether it must be there.</param>
internal sealed record Key<T>(string Name, Action<T, YamlNode, Values> Read, bool IsRequired = false);

/// <summary>The keys that one kind of mapping may have, and nothing else: the reader and the test of docs/schema go by them.</summary>
internal sealed class KeyTable<T>
{
    private readonly Key<T>[] _keys;

    /// <param name="subject">What messages call the mapping.</param>
    /// <param name="keys">Its keys.</param>
    public KeyTable(string subject, params Key<T>[] keys)
    {
        Subject = subject;
        _keys = keys;
    }

    /// <summary>What messages call the mapping.</summary>
    public string Subject { get; }

    /// <summary>The keys' names.</summary>
    public IEnumerable<string> Names => _keys.Select(static key => key.Name);

    /// <summary>Reads a mapping into an object; what is wrong is added to the problems.</summary>
    /// <param name="node">The mapping.</param>
    /// <param name="target">The object.</param>
    /// <param name="values">Reads the values.</param>
    /// <param name="isPart">Whether keys that must be there may stand elsewhere.</param>
    /// <exception cref="ScenarioSyntaxException">Something was wrong: what was read is not whole.</exception>
    public void Read(YamlNode node, T target, Values values, bool isPart = false)
    {
        if (node is not YamlMappingNode mapping)
            throw new ScenarioSyntaxException(node.Start, $"{Subject} must be a mapping, with keys of {string.Join(", ", Names)}");
        int before = values.Count;
        foreach ((YamlNode name, YamlNode value) in mapping)
        {
            string text = (name as YamlScalarNode)?.Value ?? "";
            Key<T>? key = Array.Find(_keys, key => key.Name == text);
            if (key is null)
            {
                values.Problem(name.Start, $"{Subject} has no key '{text}'{Nearest(text)}");
                continue;
            }

            values.Guard(() => key.Read(target, value, values));
        }

        foreach (Key<T> key in _keys)
        {
            if (key.IsRequired && !isPart && !mapping.Children.ContainsKey(new YamlScalarNode(key.Name)))
                values.Problem(mapping.Start, $"{Subject} needs the key '{key.Name}'");
        }

        if (values.Count > before)
            throw new ScenarioSyntaxException();
    }

    /// <summary>What the user may have meant.</summary>
    private string Nearest(string text)
    {
        string? near = Names.MinBy(name => Distance(name, text));
        return near is not null && Distance(near, text) <= Math.Max(2, near.Length / 4)
            ? $": is it '{near}'?"
            : $": it has {string.Join(", ", Names)}";
    }

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            (int diagonal, row[0]) = (row[0], i);
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
