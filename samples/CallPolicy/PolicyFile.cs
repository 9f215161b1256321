using System.Globalization;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Values;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CallPolicy;

/// <summary>What becomes of a call; the names are those of the file.</summary>
internal enum PolicyAction
{
    /// <summary>It is made.</summary>
    Allow,

    /// <summary>It is made, and a line of KPIO's log tells of it.</summary>
    Log,

    /// <summary>It fails with an error.</summary>
    Deny,

    /// <summary>It ends the process with SIGSYS, as SECCOMP_RET_KILL_PROCESS does.</summary>
    Kill,
}

/// <summary>A rule.</summary>
/// <param name="Action">What becomes of the call.</param>
/// <param name="Error">The error of <see cref="PolicyAction.Deny"/>.</param>
internal readonly record struct PolicyRule(PolicyAction Action, Errno Error);

/// <summary>
/// A policy: a list of rules in YAML, each with <c>calls</c> (one name or a list; <c>"*"</c> for every call), <c>action</c> and, for <c>deny</c>, <c>errno</c>
/// (EPERM unless it is said). The first rule that names a call counts; a call that none names is made.
/// </summary>
internal sealed class PolicyFile
{
    private readonly Dictionary<uint, PolicyRule> _rules = [];
    private PolicyRule? _others;

    /// <summary>Reads a file for an interface.</summary>
    /// <exception cref="InvalidOperationException">It cannot be read: the message says where and why, and is what the user sees, the innermost one.</exception>
    public static PolicyFile Read(string path, AbiCatalog catalog)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(File.ReadAllText(path)));
            if (stream.Documents is not [{ RootNode: YamlSequenceNode list }])
                throw new InvalidOperationException($"{path}: a policy is a list of rules, as in - {{calls: [ptrace], action: kill}}");
            var policy = new PolicyFile();
            foreach (YamlNode node in list)
                policy.Add(path, node, catalog);
            return policy;
        }
        catch (YamlException e)
        {
            throw new InvalidOperationException($"{path}:{e.Start.Line}:{e.Start.Column}: this is no YAML: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"the policy cannot be read: {e.Message}");
        }
    }

    /// <summary>The rule for a number; without one the call is made.</summary>
    public PolicyRule For(uint number) => _rules.TryGetValue(number, out PolicyRule rule) ? rule : _others ?? default;

    private void Add(string path, YamlNode node, AbiCatalog catalog)
    {
        if (node is not YamlMappingNode mapping)
            throw Wrong(path, node, "a rule is a mapping, as in {calls: [ptrace], action: kill}");
        PolicyAction? action = null;
        Errno? error = null;
        var calls = new List<YamlNode>();
        foreach ((YamlNode key, YamlNode value) in mapping)
        {
            switch (Text(path, key))
            {
                case "calls":
                    calls.AddRange(value is YamlSequenceNode names ? names : [value]);
                    break;
                case "action":
                    action = Text(path, value) switch
                    {
                        "allow" => PolicyAction.Allow,
                        "log" => PolicyAction.Log,
                        "deny" => PolicyAction.Deny,
                        "kill" => PolicyAction.Kill,
                        string other => throw Wrong(path, value, $"'{other}' is no action: use allow, log, deny or kill"),
                    };
                    break;
                case "errno":
                    string name = Text(path, value);
                    error = name.StartsWith('E') && Enum.TryParse(name, out Errno known) ? known : throw Wrong(path, value, $"'{name}' is no error: use a name as in errno(3)");
                    break;
                case string other:
                    throw Wrong(path, key, $"a rule has no key '{other}': it has calls, action, errno");
            }
        }

        if (action is null || calls.Count == 0)
            throw Wrong(path, node, "a rule needs calls and an action");
        if (error is not null && action != PolicyAction.Deny)
            throw Wrong(path, node, "errno is for deny alone");
        var rule = new PolicyRule(action.Value, error ?? Errno.EPERM);
        foreach (YamlNode call in calls)
            Add(path, call, rule, catalog);
    }

    private void Add(string path, YamlNode call, PolicyRule rule, AbiCatalog catalog)
    {
        string name = Text(path, call);
        if (name == "*")
        {
            _others ??= rule;
            foreach (SyscallInfo info in catalog.Syscalls)
                _rules.TryAdd(info.Number, rule);
            return;
        }

        SyscallInfo found = catalog.Syscalls.FirstOrDefault(info => info.Name == name) ?? throw Wrong(path, call, $"'{name}' is no system call");
        _rules.TryAdd(found.Number, rule);
    }

    private static string Text(string path, YamlNode node) =>
        node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Wrong(path, node, "a text is needed here");

    private static InvalidOperationException Wrong(string path, YamlNode node, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{path}:{node.Start.Line}:{node.Start.Column}: {what}"));
}
