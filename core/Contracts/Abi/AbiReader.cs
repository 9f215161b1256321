using System.Globalization;
using Kpio.Contracts.Process;

namespace Kpio.Contracts.Abi;

/// <summary>A defect of an <c>.abi</c> text.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="File">The file's name as it was given to the reader, or null.</param>
public readonly record struct AbiDiagnostic(int Line, string Message, string? File = null);

/// <summary>
/// Reads the <c>.abi</c> language: one line a system call, with flag sets, value sets and structures between them. The generator,
/// the catalog at run time and the layers' <see cref="SyscallAttribute"/> use this one reader, so that there is one grammar. The
/// language is described at the top of <c>linux-x86_64.abi</c>. Defects are collected, never thrown.
/// </summary>
public sealed class AbiReader
{
    private const int MaximumArguments = 6;

    private readonly List<AbiDiagnostic> _diagnostics = [];
    private readonly SortedDictionary<uint, SyscallInfo> _syscalls = [];
    private readonly Dictionary<string, uint> _numbers = [];
    private readonly Dictionary<string, NamedSet> _sets = [];
    private readonly Dictionary<string, StructInfo> _structs = [];
    private readonly List<(string? File, int Line, string Kind, string Name)> _references = [];
    private string? _file;
    private int _line;
    private PendingSet? _set;
    private PendingStruct? _struct;

    /// <summary>The defects found so far.</summary>
    public IReadOnlyList<AbiDiagnostic> Diagnostics => _diagnostics;

    /// <summary>Reads one text; a reader may be given several, the sets first or last.</summary>
    public void Read(string text, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        _file = file;
        _line = 0;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            _line++;
            ReadLine(raw);
        }

        EndBlock();
    }

    /// <summary>Checks that every set and structure that is named exists, and answers what was read.</summary>
    public AbiCatalog Complete()
    {
        foreach ((string? file, int line, string kind, string name) in _references)
        {
            bool known = kind == "set" ? _sets.ContainsKey(name) : _structs.ContainsKey(name) || ParseScalar(name) != ScalarType.None;
            if (!known)
                _diagnostics.Add(new AbiDiagnostic(line, $"no {kind} is named '{name}'", file));
        }

        return new AbiCatalog([.. _syscalls.Values], _sets, _structs);
    }

    /// <summary>Reads the arguments and the result of a call: <c>fd:Fd buffer:Out(count) count:Size -&gt; Size</c>.</summary>
    public static bool TryReadSignature(string text, out IReadOnlyList<ArgumentInfo> arguments, out ArgumentInfo result, out string problem)
    {
        var reader = new AbiReader();
        List<string> words = Split(text);
        int position = 0;
        bool ok = reader.ReadSignature(words, ref position, out arguments, out result) && position == words.Count;
        problem = reader._diagnostics.Count > 0 ? reader._diagnostics[0].Message : ok ? "" : $"'{text}' does not end after the result";
        return ok && reader._diagnostics.Count == 0;
    }

    private void ReadLine(ReadOnlySpan<char> raw)
    {
        List<string> words = Split(raw.ToString());
        if (words.Count == 0)
            return;
        if (char.IsWhiteSpace(raw[0]))
        {
            if (_set is not null)
                ReadValues(words, 0);
            else if (_struct is not null)
                ReadField(words);
            else
                Report("an indented line must follow a set or a struct");
            return;
        }

        EndBlock();
        switch (words[0])
        {
            case "flags" or "values":
                BeginSet(words);
                break;
            case "struct":
                if (words.Count != 2)
                    Report("expected: struct NAME");
                else
                    _struct = new PendingStruct(words[1]);
                break;
            default:
                ReadSyscall(words);
                break;
        }
    }

    private void BeginSet(List<string> words)
    {
        if (words.Count < 2)
        {
            Report($"expected: {words[0]} NAME [TYPE] [mask=VALUE] NAME=VALUE…");
            return;
        }

        bool isBits = words[0] == "flags";
        _set = new PendingSet(words[1], isBits, isBits ? ScalarType.U32 : ScalarType.I32);
        int next = 2;
        if (next < words.Count && ParseScalar(words[next]) is var type and not ScalarType.None)
        {
            _set.Type = type;
            next++;
        }

        if (next < words.Count && words[next].StartsWith("mask=", StringComparison.Ordinal))
        {
            if (!TryParseNumber(words[next].AsSpan(5), out _set.EnumMask))
                Report($"'{words[next]}' has no number");
            next++;
        }

        ReadValues(words, next);
    }

    private void ReadValues(List<string> words, int from)
    {
        for (int i = from; i < words.Count; i++)
        {
            int equals = words[i].IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || !TryParseNumber(words[i].AsSpan(equals + 1), out ulong value))
            {
                Report($"expected NAME=VALUE, not '{words[i]}'");
                continue;
            }

            string name = words[i][..equals];
            if (_set!.Names.Add(name))
                _set.Values.Add(new KeyValuePair<string, ulong>(name, value));
            else
                Report($"'{name}' is in the set {_set.Name} twice");
        }
    }

    private void ReadField(List<string> words)
    {
        if (words.Count is < 2 or > 3)
        {
            Report("expected: NAME TYPE[COUNT] [KIND]");
            return;
        }

        string type = words[1];
        int count = 1;
        bool isArray = type.EndsWith(']');
        if (isArray)
        {
            int open = type.IndexOf('[', StringComparison.Ordinal);
            if (open < 1 || !int.TryParse(type.AsSpan(open + 1, type.Length - open - 2), NumberStyles.None, CultureInfo.InvariantCulture, out count) || count > 65536)
            {
                Report($"'{type}' is no array type");
                return;
            }

            type = type[..open];
        }

        ScalarType scalar = ParseScalar(type);
        int size = ScalarSize(scalar);
        int alignment = size;
        ArgumentKind kind = DefaultKind(scalar, isArray);
        string? set = null;
        if (scalar == ScalarType.None)
        {
            if (!_structs.TryGetValue(type, out StructInfo? nested))
            {
                Report($"'{type}' is neither a scalar type nor a struct that was described before");
                return;
            }

            size = nested.Size;
            alignment = AlignmentOf(nested);
            kind = ArgumentKind.InOutStruct;
            set = type;
        }

        if (words.Count == 3)
        {
            if (!TryReadKind(words[2], out kind, out set, out string? length) || length is not null)
            {
                Report($"'{words[2]}' is no kind of field");
                return;
            }
        }

        _struct!.Add(words[0], scalar, size, alignment, count, kind, set);
    }

    private int AlignmentOf(StructInfo info)
    {
        int most = 1;
        foreach (FieldInfo field in info.Fields)
            most = Math.Max(most, field.Scalar != ScalarType.None ? ScalarSize(field.Scalar) : AlignmentOf(_structs[field.Set!]));
        return most;
    }

    private void ReadSyscall(List<string> words)
    {
        if (!uint.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out uint number) || number >= 1024)
        {
            Report($"expected a system call's number below 1024, 'flags', 'values' or 'struct', not '{words[0]}'");
            return;
        }

        if (words.Count < 3)
        {
            Report("expected: NUMBER NAME ARGUMENT… -> RESULT CATEGORY TIER INTERRUPT SUPPORT [\"NOTE\"]");
            return;
        }

        string name = words[1];
        int next = 2;
        if (!ReadSignature(words, ref next, out IReadOnlyList<ArgumentInfo> arguments, out ArgumentInfo result))
            return;
        if (words.Count - next is not (4 or 5))
        {
            Report($"{name}: expected CATEGORY TIER INTERRUPT SUPPORT [\"NOTE\"] behind the result");
            return;
        }

        string note = words.Count - next == 5 ? words[next + 4] : "";
        if (note.Length > 0 && (note.Length < 2 || note[0] != '"' || note[^1] != '"'))
            Report($"{name}: the note must be in quotation marks");
        if (!TryParseTier(words[next + 1], out SyscallTier tier))
            Report($"{name}: '{words[next + 1]}' is no tier (A, B, C)");
        if (!TryParseInterrupt(words[next + 2], out InterruptKind interrupt))
            Report($"{name}: '{words[next + 2]}' is no way of interruption (restart, eintr, block, nohand, -)");
        if (!TryParseSupport(words[next + 3], out SyscallSupport support))
            Report($"{name}: '{words[next + 3]}' is no degree of support (none, stub, partial, full)");
        if (support is SyscallSupport.Partial or SyscallSupport.Stub && note.Length == 0)
            Report($"{name}: partial support and stubs need a note that says what is missing");
        if (!_numbers.TryAdd(name, number))
            Report($"{name} is described twice");
        if (!_syscalls.TryAdd(number, new SyscallInfo(number, name, arguments, result, words[next], tier, support, interrupt, note.Trim('"'))))
            Report($"number {number} is taken by {_syscalls[number].Name}");
    }

    private bool ReadSignature(List<string> words, ref int next, out IReadOnlyList<ArgumentInfo> arguments, out ArgumentInfo result)
    {
        var list = new List<ArgumentInfo>(MaximumArguments);
        var lengths = new List<string?>(MaximumArguments);
        arguments = list;
        result = new ArgumentInfo("", ArgumentKind.Zero);
        while (next < words.Count && words[next] != "->")
        {
            string word = words[next++];
            int colon = word.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || !TryReadKind(word[(colon + 1)..], out ArgumentKind kind, out string? set, out string? length) || kind is ArgumentKind.Zero or ArgumentKind.NoReturn)
            {
                Report($"expected NAME:KIND, not '{word}'");
                return false;
            }

            list.Add(new ArgumentInfo(word[..colon], kind, set));
            lengths.Add(length);
        }

        if (list.Count > MaximumArguments)
        {
            Report("a system call has at most 6 arguments");
            return false;
        }

        for (int i = 0; i < list.Count; i++)
        {
            if (lengths[i] is not { } length)
                continue;
            int index = list.FindIndex(a => a.Name == length);
            if (index < 0)
            {
                Report($"no argument is named '{length}'");
                return false;
            }

            list[i] = list[i] with { LengthArgument = index };
        }

        if (next + 1 >= words.Count || !TryReadKind(words[next + 1], out ArgumentKind resultKind, out string? resultSet, out string? none) || none is not null)
        {
            Report("expected '-> RESULT' behind the arguments");
            return false;
        }

        next += 2;
        result = new ArgumentInfo("result", resultKind, resultSet);
        return true;
    }

    private bool TryReadKind(string text, out ArgumentKind kind, out string? set, out string? length)
    {
        set = length = null;
        string name = text;
        int open = text.IndexOf('(', StringComparison.Ordinal);
        if (open >= 0)
        {
            if (!text.EndsWith(')'))
            {
                kind = default;
                return false;
            }

            name = text[..open];
            string[] inner = text[(open + 1)..^1].Split(',');
            set = inner[0];
            length = inner.Length > 1 ? inner[1] : null;
        }

        // Digits would be read as an enumeration value.
        if (name.Length == 0 || !char.IsAsciiLetterUpper(name[0]) || !Enum.TryParse(name, ignoreCase: false, out kind))
        {
            kind = default;
            return false;
        }

        switch (kind)
        {
            case ArgumentKind.In or ArgumentKind.Out:
                (set, length) = (null, set);
                return length is not null;
            case ArgumentKind.InArray or ArgumentKind.OutArray or ArgumentKind.InOutArray:
                _references.Add((_file, _line, "struct", set ?? ""));
                return length is not null;
            case ArgumentKind.InStruct or ArgumentKind.OutStruct or ArgumentKind.InOutStruct:
                _references.Add((_file, _line, "struct", set ?? ""));
                return set is not null && length is null;
            case ArgumentKind.Flags or ArgumentKind.Enum:
                _references.Add((_file, _line, "set", set ?? ""));
                return set is not null && length is null;
            default:
                return set is null;
        }
    }

    private void EndBlock()
    {
        if (_set is { } set)
        {
            if (set.Values.Count == 0)
                Report($"the set {set.Name} has no values");
            if (!_sets.TryAdd(set.Name, new NamedSet(set.Name, set.IsBits, set.Values, set.EnumMask, set.Type)))
                Report($"the set {set.Name} is described twice");
        }

        if (_struct is { } pending)
        {
            if (pending.Fields.Count == 0)
                Report($"the struct {pending.Name} has no fields");
            if (!_structs.TryAdd(pending.Name, pending.Complete()))
                Report($"the struct {pending.Name} is described twice");
        }

        _set = null;
        _struct = null;
    }

    private void Report(string message) => _diagnostics.Add(new AbiDiagnostic(_line, message, _file));

    /// <summary>Words are separated by blanks; text in quotation marks is one; '#' starts a comment.</summary>
    private static List<string> Split(string line)
    {
        var words = new List<string>(12);
        int i = 0;
        while (i < line.Length && line[i] != '#')
        {
            if (char.IsWhiteSpace(line[i]))
            {
                i++;
                continue;
            }

            int start = i;
            if (line[i] == '"')
            {
                int close = line.IndexOf('"', i + 1);
                i = close < 0 ? line.Length : close + 1;
            }
            else
            {
                while (i < line.Length && !char.IsWhiteSpace(line[i]) && line[i] != '#')
                    i++;
            }

            words.Add(line[start..i]);
        }

        return words;
    }

    private static bool TryParseNumber(ReadOnlySpan<char> text, out ulong value)
    {
        if (text.StartsWith("0x"))
            return ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        if (text.StartsWith("-"))
        {
            bool ok = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long negative);
            value = (ulong)negative;
            return ok;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static ScalarType ParseScalar(string name) => name switch
    {
        "i8" => ScalarType.I8,
        "u8" => ScalarType.U8,
        "i16" => ScalarType.I16,
        "u16" => ScalarType.U16,
        "i32" => ScalarType.I32,
        "u32" => ScalarType.U32,
        "i64" => ScalarType.I64,
        "u64" => ScalarType.U64,
        "char" => ScalarType.Char,
        "sigset" => ScalarType.Sigset,
        _ => ScalarType.None,
    };

    private static int ScalarSize(ScalarType type) => type switch
    {
        ScalarType.None => 0,
        ScalarType.I8 or ScalarType.U8 or ScalarType.Char => 1,
        ScalarType.I16 or ScalarType.U16 => 2,
        ScalarType.I32 or ScalarType.U32 => 4,
        _ => 8,
    };

    private static ArgumentKind DefaultKind(ScalarType type, bool isArray) => type switch
    {
        ScalarType.Char => ArgumentKind.String,
        ScalarType.U8 when isArray => ArgumentKind.In,
        ScalarType.I8 or ScalarType.I16 or ScalarType.I32 => ArgumentKind.Int,
        ScalarType.U8 or ScalarType.U16 or ScalarType.U32 => ArgumentKind.UInt,
        ScalarType.I64 => ArgumentKind.Long,
        _ => ArgumentKind.ULong,
    };

    private static bool TryParseTier(string text, out SyscallTier tier)
    {
        tier = text switch { "A" => SyscallTier.A, "B" => SyscallTier.B, _ => SyscallTier.C };
        return text is "A" or "B" or "C";
    }

    private static bool TryParseInterrupt(string text, out InterruptKind kind)
    {
        kind = text switch
        {
            "restart" => InterruptKind.Restartable,
            "eintr" => InterruptKind.NeverRestarted,
            "block" => InterruptKind.RestartBlock,
            "nohand" => InterruptKind.RestartUnlessHandled,
            _ => InterruptKind.Uninterruptible,
        };
        return text is "restart" or "eintr" or "block" or "nohand" or "-";
    }

    private static bool TryParseSupport(string text, out SyscallSupport support)
    {
        support = text switch
        {
            "full" => SyscallSupport.Full,
            "partial" => SyscallSupport.Partial,
            "stub" => SyscallSupport.Stub,
            _ => SyscallSupport.None,
        };
        return text is "full" or "partial" or "stub" or "none";
    }

    private sealed class PendingSet(string name, bool isBits, ScalarType type)
    {
        public ulong EnumMask;

        public string Name => name;

        public bool IsBits => isBits;

        public ScalarType Type { get; set; } = type;

        public HashSet<string> Names { get; } = [];

        public List<KeyValuePair<string, ulong>> Values { get; } = [];
    }

    /// <summary>Lays fields out by the rules of the x86_64 psABI: each at a multiple of its alignment, the whole a multiple of the largest.</summary>
    private sealed class PendingStruct(string name)
    {
        private int _offset;
        private int _alignment = 1;

        public string Name => name;

        public List<FieldInfo> Fields { get; } = [];

        public void Add(string field, ScalarType scalar, int size, int alignment, int count, ArgumentKind kind, string? set)
        {
            _offset = RoundUp(_offset, alignment);
            _alignment = Math.Max(_alignment, alignment);
            Fields.Add(new FieldInfo(field, _offset, size * count, kind, set, scalar, count));
            _offset += size * count;
        }

        public StructInfo Complete() => new(name, RoundUp(_offset, _alignment), Fields);

        private static int RoundUp(int value, int alignment) => (value + alignment - 1) / alignment * alignment;
    }
}
