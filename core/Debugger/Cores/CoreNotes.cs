using System.Buffers.Binary;
using System.Text;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Debugger.Registers;
using Kpio.Kernel.Debugging;

namespace Kpio.Debugger.Cores;

/// <summary>The notes of a core file in Linux's order and layout for x86_64 (core(5), elf(5); fs/binfmt_elf.c, linux/elfcore.h).</summary>
internal sealed class CoreNotes : IDisposable
{
    private const uint NT_PRSTATUS = 1;
    private const uint NT_FPREGSET = 2;
    private const uint NT_PRPSINFO = 3;
    private const uint NT_AUXV = 6;
    private const uint NT_X86_XSTATE = 0x202;
    private const uint NT_FILE = 0x4649_4C45;
    private const uint NT_SIGINFO = 0x5349_4749;
    private const int StatusSize = 336;
    private const int ProcessSize = 136;
    private const int RegistersOffset = 112;
    private const int FloatingPointSize = 512;
    private const int FeaturesOffset = 464;
    private const ulong UserCode = 0x33;
    private const ulong UserData = 0x2B;
    private const ulong X87AndSse = 3;
    private const ulong X87AndSseAndAvx = 7;
    private const ulong PageSize = 4096;

    private static readonly GuestRegister[] Before = [GuestRegister.R15, GuestRegister.R14, GuestRegister.R13, GuestRegister.R12, GuestRegister.Rbp, GuestRegister.Rbx, GuestRegister.R11, GuestRegister.R10, GuestRegister.R9, GuestRegister.R8];
    private static readonly GuestRegister[] After = [GuestRegister.Rcx, GuestRegister.Rdx, GuestRegister.Rsi, GuestRegister.Rdi];

    private readonly MemoryStream _notes = new();

    /// <summary>The notes, one behind the other.</summary>
    public byte[] ToArray() => _notes.ToArray();

    public void Dispose() => _notes.Dispose();

    /// <summary>The first thread's state, and what there is once a process.</summary>
    public void AddProcess(GuestTask task, in SignalInfo info, DebugMemory memory, IReadOnlyList<(MemoryRegion Region, byte[] Path)> files)
    {
        AddStatus(task, in info);
        AddInformation(task, memory);
        byte[] signal = new byte[SignalImage.Size];
        SignalImage.Write(in info, signal);
        Add("CORE", NT_SIGINFO, signal);
        ProgramLayout layout = task.Group.Layout;
        byte[] vector = new byte[Math.Min(layout.AuxiliaryVectorEnd - layout.AuxiliaryVectorStart, PageSize)];
        Add("CORE", NT_AUXV, vector.AsSpan(0, memory.Read(task, layout.AuxiliaryVectorStart, vector)));
        AddFiles(files);
        AddFloatingPoint(task);
    }

    /// <summary>Another thread's state.</summary>
    public void AddThread(GuestTask task, in SignalInfo info)
    {
        AddStatus(task, in info);
        AddFloatingPoint(task);
    }

    private void AddStatus(GuestTask task, in SignalInfo info)
    {
        byte[] status = new byte[StatusSize];
        Put(status, 0, (int)info.Signal);
        Put(status, 4, info.Code);
        Put(status, 8, info.Error);
        BinaryPrimitives.WriteInt16LittleEndian(status.AsSpan(12), (short)info.Signal);
        Put(status, 16, task.Signals.Pending.Set.Bits);
        Put(status, 24, task.Signals.Blocked.Bits);
        Put(status, 32, task.Tid);
        Put(status, 36, task.Group.ParentPid);
        Put(status, 40, task.Group.ProcessGroup);
        Put(status, 44, task.Group.Session);
        int offset = RegistersOffset;
        CpuContext cpu = task.Cpu;
        foreach (GuestRegister register in Before)
            Next(cpu[register]);
        Next(cpu[GuestRegister.Rax]);
        foreach (GuestRegister register in After)
            Next(cpu[register]);
        Next(ulong.MaxValue); // orig_rax: not in a call that could be made again
        Next(cpu.Rip);
        Next(UserCode);
        Next(cpu.Rflags);
        Next(cpu[GuestRegister.Rsp]);
        Next(UserData);
        Next(cpu.FsBase);
        Next(cpu.GsBase);
        Put(status, StatusSize - 8, 1); // floating-point registers follow
        Add("CORE", NT_PRSTATUS, status);

        void Next(ulong value)
        {
            Put(status, offset, value);
            offset += sizeof(ulong);
        }
    }

    private void AddInformation(GuestTask task, DebugMemory memory)
    {
        const int NameOffset = 40;
        const int NameSize = 15;
        const int ArgumentsOffset = 56;
        const int ArgumentsSize = 79;
        byte[] information = new byte[ProcessSize];
        information[1] = (byte)'R';
        Put(information, 16, (int)task.Credentials.RealUser);
        Put(information, 20, (int)task.Credentials.RealGroup);
        Put(information, 24, task.Group.Pid);
        Put(information, 28, task.Group.ParentPid);
        Put(information, 32, task.Group.ProcessGroup);
        Put(information, 36, task.Group.Session);
        task.Name.AsSpan(0, Math.Min(task.Name.Length, NameSize)).CopyTo(information.AsSpan(NameOffset));
        ProgramLayout layout = task.Group.Layout;
        Span<byte> arguments = information.AsSpan(ArgumentsOffset, (int)Math.Min(layout.ArgumentsEnd - layout.ArgumentsStart, ArgumentsSize));
        arguments = arguments[..memory.Read(task, layout.ArgumentsStart, arguments)];
        arguments.Replace((byte)0, (byte)' ');
        Add("CORE", NT_PRPSINFO, information);
    }

    private void AddFiles(IReadOnlyList<(MemoryRegion Region, byte[] Path)> files)
    {
        using var content = new MemoryStream();
        Write((ulong)files.Count);
        Write(PageSize);
        foreach ((MemoryRegion region, _) in files)
        {
            Write(region.Start);
            Write(region.End);
            Write((ulong)region.Offset / PageSize);
        }

        foreach ((_, byte[] path) in files)
        {
            content.Write(path);
            content.WriteByte(0);
        }

        Add("CORE", NT_FILE, content.ToArray());

        void Write(ulong value) => content.Write(BitConverter.GetBytes(value));
    }

    private void AddFloatingPoint(GuestTask task)
    {
        byte[] state = new byte[task.Cpu.ExtendedStateSize];
        task.Cpu.ReadExtendedState(state);
        Add("CORE", NT_FPREGSET, state.AsSpan(0, FloatingPointSize));
        Put(state, FeaturesOffset, TargetDescription.HasUpper(task) ? X87AndSseAndAvx : X87AndSse); // where debuggers look for XCR0
        Add("LINUX", NT_X86_XSTATE, state);
    }

    private void Add(string owner, uint type, ReadOnlySpan<byte> content)
    {
        byte[] name = Encoding.ASCII.GetBytes(owner + "\0");
        _notes.Write(BitConverter.GetBytes(name.Length));
        _notes.Write(BitConverter.GetBytes(content.Length));
        _notes.Write(BitConverter.GetBytes(type));
        _notes.Write(name);
        Pad();
        _notes.Write(content);
        Pad();
    }

    private void Pad()
    {
        while ((_notes.Length & 3) != 0)
            _notes.WriteByte(0);
    }

    private static void Put(byte[] bytes, int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), value);

    private static void Put(byte[] bytes, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value);
}
