using System.Buffers.Binary;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>Says why a program could not be started, and with which exit code: 127 when it is not there, 126 when it cannot be executed (as in a shell).</summary>
internal static class StartFailure
{
    private const int NotFound = 127;
    private const int NotExecutable = 126;
    private const int OwnFailure = 125;
    private const int IdentificationSize = 20;

    public static int Explain(Machine machine, RunOptions options, string culprit, Errno error, out string message)
    {
        if (culprit != "program")
        {
            message = culprit == "working directory"
                ? $"working directory {options.WorkingDirectory}: {ErrorText.Of(error)}"
                : $"{culprit}: {ErrorText.Of(error)}";
            return OwnFailure;
        }

        string program = options.Program;
        byte[]? header = ReadHeader(machine, program, out NodeAttributes attributes);
        switch (error)
        {
            case Errno.ENOENT or Errno.ENOTDIR when header is null && attributes.Kind == FileKind.None:
                message = $"{program}: {(program.Contains('/', StringComparison.Ordinal) ? ErrorText.Of(error) : "command not found")}";
                return NotFound;
            case Errno.ENOENT:
                message = $"{program}: the interpreter that it names does not exist in the guest's tree";
                return NotFound;
            case Errno.EACCES when attributes.Kind == FileKind.Directory:
                message = $"{program}: is a directory";
                return NotExecutable;
            case Errno.ENOMEM:
                message = $"{program}: {ErrorText.Of(error)}";
                return NotExecutable;
            case Errno.EACCES or Errno.EPERM or Errno.ELOOP or Errno.ENAMETOOLONG or Errno.E2BIG:
                message = $"{program}: {ErrorText.Of(error)}";
                return NotExecutable;
            default:
                message = $"{program}: cannot execute: {Classify(header)}";
                return NotExecutable;
        }
    }

    private static string Classify(byte[]? header)
    {
        if (header is null or { Length: 0 })
            return "it is empty";
        if (header.Length < 4 || !header.AsSpan(0, 4).SequenceEqual("\u007fELF"u8))
            return "it is neither an ELF program nor a script";
        if (header.Length < IdentificationSize)
            return "the ELF file is truncated";
        if (header[4] != 2)
            return "it is a 32-bit ELF program; KPIO runs 64-bit x86 ones";
        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(18));
        string? name = machine switch { 62 => null, 183 => "AArch64", 243 => "RISC-V", 21 => "PowerPC", 22 => "S/390", 258 => "LoongArch", _ => $"processor {machine}" };
        if (name is not null)
            return $"it is an ELF program for {name}; KPIO runs x86-64 ones";
        ushort type = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(16));
        return type is 2 or 3 ? "the ELF file is damaged or of a kind that KPIO does not run" : "it is an ELF file, but no program";
    }

    private static byte[]? ReadHeader(Machine machine, string program, out NodeAttributes attributes)
    {
        attributes = default;
        if (machine.Tasks.All.FirstOrDefault() is not { } task)
            return null;
        var start = new PathStart(task);
        byte[] path = GuestStrings.Encode(program);
        if (!machine.Slots.Vfs.Current.Stat(start, path, WalkFlags.None).TryGet(out attributes, out _))
            return null;
        if (attributes.Kind != FileKind.Regular || !machine.Slots.Vfs.Current.Open(start, path, OpenFlags.O_RDONLY, 0).TryGet(out FileId file, out _))
            return null;
        byte[] header = new byte[IdentificationSize];
        machine.Slots.OpenFiles.Current.Read(file, header, 0).TryGet(out int count, out _);
        machine.Slots.OpenFiles.Current.Release(file);
        return header[..count];
    }
}
