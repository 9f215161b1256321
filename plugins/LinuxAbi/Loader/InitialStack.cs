using System.Buffers.Binary;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi.Loader;

/// <summary>
/// The bytes that a program finds on its stack (x86_64 psABI 3.4.1), laid out from the top down as Linux does: a null word, the path,
/// the strings of environment and arguments, the platform's name, 16 random bytes, then auxiliary vector, environment, arguments and
/// their number, at a multiple of 16.
/// </summary>
internal sealed class InitialStack
{
    /// <summary>MAX_ARG_STRLEN: the longest string with its NUL.</summary>
    private const int MaximumString = 32 * 4096;

    /// <summary>Three quarters of the default stack: the strings take no more whatever RLIMIT_STACK says (bprm_stack_limits).</summary>
    private const ulong MostStrings = 6 << 20;
    private const ulong LeastStrings = 128 << 10;
    private const int RandomBytes = 16;
    private static readonly byte[] s_platform = "x86_64\0"u8.ToArray();

    private readonly IReadOnlyList<byte[]> _arguments;
    private readonly IReadOnlyList<byte[]> _environment;
    private readonly byte[] _path;
    private readonly ulong _top;
    private readonly ulong _gap;

    /// <param name="path">AT_EXECFN.</param>
    /// <param name="arguments">argv.</param>
    /// <param name="environment">envp.</param>
    /// <param name="top">The end of the stack.</param>
    /// <param name="gap">Random bytes left free between the strings and what points to them (arch_align_stack).</param>
    public InitialStack(byte[] path, IReadOnlyList<byte[]> arguments, IReadOnlyList<byte[]> environment, ulong top, ulong gap)
    {
        _path = path;
        _arguments = arguments;
        _environment = environment;
        _top = top;
        _gap = gap;
    }

    public ulong ArgumentsStart { get; private set; }

    public ulong ArgumentsEnd { get; private set; }

    public ulong EnvironmentEnd { get; private set; }

    public ulong PathAddress { get; private set; }

    public ulong PlatformAddress { get; private set; }

    public ulong RandomAddress { get; private set; }

    public ulong AuxiliaryVectorStart { get; private set; }

    public ulong AuxiliaryVectorEnd { get; private set; }

    public ulong StackPointer { get; private set; }

    /// <summary>Finds every address, for <paramref name="auxiliaryEntries"/> entries with AT_NULL; E2BIG when there is too much.</summary>
    public Errno Place(ulong stackLimit, int auxiliaryEntries)
    {
        ulong limit = Math.Max(Math.Min(stackLimit / 4, MostStrings), LeastStrings);
        ulong pointers = (ulong)(_arguments.Count + _environment.Count) * 8;
        ulong argumentBytes = 0;
        ulong environmentBytes = 0;
        if (!TryAddLengths(_arguments, ref argumentBytes) || !TryAddLengths(_environment, ref environmentBytes) || _path.Length >= MaximumString)
            return Errno.E2BIG;
        if (argumentBytes + environmentBytes + (ulong)_path.Length + 1 + pointers > limit)
            return Errno.E2BIG;

        PathAddress = _top - 8 - (ulong)_path.Length - 1;
        EnvironmentEnd = PathAddress;
        ArgumentsEnd = EnvironmentEnd - environmentBytes;
        ArgumentsStart = ArgumentsEnd - argumentBytes;
        ulong address = (ArgumentsStart - _gap) & ~0xFUL;
        PlatformAddress = address -= (ulong)s_platform.Length;
        RandomAddress = address -= RandomBytes;
        ulong words = 1 + (ulong)_arguments.Count + 1 + (ulong)_environment.Count + 1 + ((ulong)auxiliaryEntries * 2);
        StackPointer = (address - (words * 8)) & ~0xFUL;
        AuxiliaryVectorStart = StackPointer + ((words - ((ulong)auxiliaryEntries * 2)) * 8);
        AuxiliaryVectorEnd = AuxiliaryVectorStart + ((ulong)auxiliaryEntries * 16);
        return Errno.None;
    }

    /// <summary>The bytes from <see cref="StackPointer"/> to the stack's end.</summary>
    public byte[] Build(AuxiliaryEntry[] auxiliaryVector, ReadOnlySpan<byte> random)
    {
        var bytes = new byte[_top - StackPointer];
        _path.AsSpan().CopyTo(bytes.AsSpan(At(PathAddress)));
        s_platform.AsSpan().CopyTo(bytes.AsSpan(At(PlatformAddress)));
        random[..RandomBytes].CopyTo(bytes.AsSpan(At(RandomAddress)));
        int word = 0;
        Put(bytes, ref word, (ulong)_arguments.Count);
        PutStrings(bytes, ref word, _arguments, ArgumentsStart);
        PutStrings(bytes, ref word, _environment, ArgumentsEnd);
        foreach ((ulong type, ulong value) in auxiliaryVector)
        {
            Put(bytes, ref word, type);
            Put(bytes, ref word, value);
        }

        return bytes;
    }

    private static bool TryAddLengths(IReadOnlyList<byte[]> strings, ref ulong total)
    {
        foreach (byte[] text in strings)
        {
            if (text.Length >= MaximumString)
                return false;
            total += (ulong)text.Length + 1;
        }

        return true;
    }

    private void PutStrings(byte[] bytes, ref int word, IReadOnlyList<byte[]> strings, ulong address)
    {
        foreach (byte[] text in strings)
        {
            Put(bytes, ref word, address);
            text.AsSpan().CopyTo(bytes.AsSpan(At(address)));
            address += (ulong)text.Length + 1;
        }

        Put(bytes, ref word, 0);
    }

    private static void Put(byte[] bytes, ref int word, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(word++ * 8), value);

    private int At(ulong address) => (int)(address - StackPointer);
}
