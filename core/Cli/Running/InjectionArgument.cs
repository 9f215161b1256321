using System.Globalization;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>
/// An injection as the user has written it, in the grammar of strace(1)'s <c>-e inject=</c>:
/// <c>SET:error=ERRNO|retval=VALUE[:syscall=CALL][:signal=SIG][:delay_enter=TIME][:delay_exit=TIME][:when=FIRST[..LAST][+[STEP]]]</c>.
/// Which calls a set has depends on the machine's interface, so that it is looked at when the machine is there.
/// </summary>
internal sealed class InjectionArgument
{
    private const int MostErrno = 4095;
    private const int MostCount = 65535;
    private readonly string _text;
    private readonly string _set;
    private long? _result;
    private string? _substitute;
    private Signal _signal;
    private long? _before;
    private long? _after;
    private InvocationRange _range = InvocationRange.Every;

    private InjectionArgument(string text)
    {
        _text = text;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        _set = colon < 0 ? text : text[..colon];
        if (_set.Length == 0)
            throw Wrong("it names no system call");
        foreach (string token in colon < 0 ? [] : text[(colon + 1)..].Split(':', StringSplitOptions.RemoveEmptyEntries))
            Read(token);
        if (_result is null && _signal == Signal.None && _before is null && _after is null)
            throw Wrong("one of error, retval, signal, delay_enter and delay_exit is needed");
        if (_substitute is not null && _result is null)
            throw Wrong("syscall= needs error= or retval=");
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static InjectionArgument Parse(string text) => new(text);

    /// <summary>What is to be injected into the calls of a machine.</summary>
    /// <exception cref="UsageException">A call's name or the set is none.</exception>
    public Injection Resolve(Machine machine)
    {
        return new Injection(SetOf(machine, _set))
        {
            Result = _result,
            Substitute = _substitute is null ? null : PureCall(machine, _substitute),
            Signal = _signal,
            DelayBeforeNanoseconds = _before ?? 0,
            DelayAfterNanoseconds = _after ?? 0,
            First = _range.First,
            Last = _range.Last,
            Step = _range.Step,
        };
    }

    /// <summary>Has a machine inject what the user has asked for. Before it runs.</summary>
    /// <exception cref="UsageException">A call's name or a set is none.</exception>
    public static void Apply(Machine machine, PlainList<InjectionArgument> injections) =>
        machine.Inject([.. injections.ToArray().Select(injection => injection.Resolve(machine))]);

    public override string ToString() => _text;

    private void Read(string token)
    {
        int equals = token.IndexOf('=', StringComparison.Ordinal);
        (string name, string value) = equals < 0 ? (token, "") : (token[..equals], token[(equals + 1)..]);
        switch (name)
        {
            case "error":
                Once(_result is null, "error and retval");
                _result = -ReadError(value);
                break;
            case "retval":
                Once(_result is null, "error and retval");
                _result = ReadValue(value);
                break;
            case "signal":
                Once(_signal == Signal.None, name);
                _signal = ReadSignal(value);
                break;
            case "delay_enter":
                Once(_before is null, name);
                _before = ReadTime(value);
                break;
            case "delay_exit":
                Once(_after is null, name);
                _after = ReadTime(value);
                break;
            case "syscall":
                Once(_substitute is null, name);
                _substitute = value;
                break;
            case "when":
                _range = InvocationRange.Parse(value, MostCount) ?? throw Wrong($"'{value}' is no range of invocations: use FIRST[..LAST][+[STEP]] with numbers from 1 to {MostCount}");
                break;
            case "poke_enter" or "poke_exit":
                throw Wrong($"this version has no {name}");
            default:
                throw Wrong($"there is no '{name}': use error, retval, signal, syscall, delay_enter, delay_exit, when");
        }
    }

    private void Once(bool isFirst, string what)
    {
        if (!isFirst)
            throw Wrong($"{what} may be said once in all");
    }

    private int ReadError(string value)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return number is >= 1 and <= MostErrno ? number : throw Wrong($"errors are numbers from 1 to {MostErrno}");
        if (KernelErrors.Find(value) is { } own)
            return own;
        return value.StartsWith("E", StringComparison.OrdinalIgnoreCase) && value.All(char.IsAsciiLetterOrDigit) && Enum.TryParse(value, ignoreCase: true, out Errno error)
            ? (int)error
            : throw Wrong($"'{value}' is no error: use a name as in errno(3), or a number");
    }

    /// <summary>As strtoull(3) with base 0.</summary>
    private long ReadValue(string value)
    {
        ReadOnlySpan<char> digits = value.AsSpan().TrimStart();
        bool isNegative = digits.StartsWith("-");
        if (isNegative || digits.StartsWith("+"))
            digits = digits[1..];
        ulong number = 0;
        bool isNumber = digits switch
        {
            _ when digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) => ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number),
            ['0', _, ..] => TryReadOctal(digits, out number),
            _ => ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number),
        };
        if (!isNumber)
            throw Wrong($"'{value}' is no value below 2^64");
        return isNegative ? -(long)number : (long)number;
    }

    private static bool TryReadOctal(ReadOnlySpan<char> digits, out ulong number)
    {
        number = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7' || number >> 61 != 0)
                return false;
            number = (number << 3) + (ulong)(digit - '0');
        }

        return true;
    }

    /// <summary>By number or name; those from 34 on are SIGRT_2 to SIGRT_32, as strace calls them.</summary>
    private Signal ReadSignal(string value)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return number is >= 1 and <= SignalNumbers.Count ? (Signal)number : throw Wrong($"signals are numbers from 1 to {SignalNumbers.Count}");
        string name = value.ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal))
            name = name[3..];
        if (name.StartsWith("RT_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int order) && order is >= 1 and <= 32)
            return (Signal)((int)Signal.SIGRTMIN + order);
        return name.Length > 0 && name.All(char.IsAsciiLetterOrDigit) && name != "RTMAX" && Enum.TryParse("SIG" + name, out Signal signal)
            ? signal
            : throw Wrong($"'{value}' is no signal: use a name or a number");
    }

    /// <summary>A number of microseconds, or one with s, ms, us or ns, in nanoseconds.</summary>
    private long ReadTime(string value)
    {
        (string digits, double unit) = value switch
        {
            _ when value.EndsWith("ms", StringComparison.Ordinal) => (value[..^2], 1e6),
            _ when value.EndsWith("us", StringComparison.Ordinal) => (value[..^2], 1e3),
            _ when value.EndsWith("ns", StringComparison.Ordinal) => (value[..^2], 1.0),
            _ when value.EndsWith('s') => (value[..^1], 1e9),
            _ => (value, 1e3),
        };
        const NumberStyles Style = NumberStyles.AllowLeadingWhite | NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!double.TryParse(digits, Style, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number) || number < 0)
            throw Wrong($"'{value}' is no time: use microseconds, or a number with s, ms, us or ns");
        return number * unit >= long.MaxValue ? long.MaxValue : (long)(number * unit);
    }

    private SyscallSet SetOf(Machine machine, string text)
    {
        foreach (ITracerFactory factory in machine.Slots.Tracers.Current)
            return factory.TryParseFilter(text, out SyscallSet? set, out string? error) ? set : throw Wrong(error);
        throw new UsageException("--inject: no loaded plugin knows sets of system calls");
    }

    private uint PureCall(Machine machine, string name)
    {
        SyscallSet pure = SetOf(machine, "%pure");
        foreach (Contracts.Abi.SyscallInfo info in machine.Slots.Abi.Current.Catalog.Syscalls)
        {
            if (info.Name == name && pure.Contains(info.Number))
                return info.Number;
        }

        throw Wrong($"'{name}' is no call that could be made instead: those of %pure are");
    }

    private UsageException Wrong(string what) => new($"--inject {_text}: {what}");
}
