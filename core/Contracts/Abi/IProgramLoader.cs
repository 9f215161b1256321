using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Abi;

/// <summary>
/// Reads programs and lays them out in memory: segments, stack, auxiliary vector. The process manager decides when. What a file
/// holds is never trusted: every malformed one is an <see cref="Errno"/> (ENOEXEC, EINVAL, ENOMEM, E2BIG).
/// </summary>
public interface IProgramLoader
{
    /// <summary>What the file is, before anything of the old program is given up.</summary>
    Result<ProgramKind> Inspect(FileId file);

    /// <summary>Lays the program out in an empty address space.</summary>
    Result<ProgramStart> Load(in LoadRequest request);
}

/// <summary>What an executable file is.</summary>
/// <param name="IsScript">Whether it starts with <c>#!</c>.</param>
/// <param name="Interpreter">The script's interpreter, or the path in PT_INTERP; null for none.</param>
/// <param name="InterpreterArgument">The script line's one argument; null for none.</param>
public sealed record ProgramKind(bool IsScript, byte[]? Interpreter, byte[]? InterpreterArgument);

/// <summary>What is to be loaded, and where.</summary>
/// <param name="Task">The task; its ids go into the auxiliary vector.</param>
/// <param name="Space">An empty address space.</param>
/// <param name="File">The program.</param>
/// <param name="Interpreter">The dynamic linker of PT_INTERP, or none.</param>
/// <param name="Path">The path it was started by: AT_EXECFN.</param>
/// <param name="Arguments">argv.</param>
/// <param name="Environment">envp.</param>
public readonly record struct LoadRequest(
    GuestTask Task,
    AddressSpaceId Space,
    FileId File,
    FileId Interpreter,
    byte[] Path,
    IReadOnlyList<byte[]> Arguments,
    IReadOnlyList<byte[]> Environment);

/// <summary>Where a loaded program starts.</summary>
/// <param name="Entry">The first instruction.</param>
/// <param name="StackPointer">RSP: argc lies there.</param>
/// <param name="Layout">What /proc shows of it.</param>
public readonly record struct ProgramStart(ulong Entry, ulong StackPointer, ProgramLayout Layout);
