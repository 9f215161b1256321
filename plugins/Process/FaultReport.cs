using System.Globalization;
using System.Text;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>The lines that tell of a guest's fault: signal, instruction, address, registers.</summary>
internal static class FaultReport
{
    private const int LongestInstruction = 15;

    public static string Describe(ProcessServices services, GuestTask task, in CpuExit exit, in SignalInfo info)
    {
        CpuContext registers = task.Cpu;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"process {task.Group.Pid} ({Encoding.UTF8.GetString(task.Name)}) got {info.Signal} ({FaultSignals.Name(in info)})");
        if (exit.Reason == CpuExitReason.Fault && info.Signal != Signal.SIGKILL)
            text.Append(CultureInfo.InvariantCulture, $": {Verb(exit.Fault.Access)} 0x{exit.Fault.Address:x}");
        else if (info.Signal == Signal.SIGKILL)
            text.Append(": the machine's memory is used up");
        else
            text.Append(CultureInfo.InvariantCulture, $": {exit.Vector}");
        text.Append(CultureInfo.InvariantCulture, $" at rip 0x{registers.Rip:x}");

        Span<byte> code = stackalloc byte[LongestInstruction];
        code = code[..ReadCode(services.GuestMemory, task.Group.AddressSpace, registers.Rip, code)];
        if (code.Length > 0)
        {
            text.Append("\n  ").Append(services.Describer?.Describe(code, registers.Rip) ?? "(not an instruction)");
            text.Append("   bytes ").Append(Convert.ToHexStringLower(code));
        }

        AppendRegisters(text, registers);
        return text.ToString();
    }

    /// <summary>The lines about a stack that could not take a signal's frame.</summary>
    public static string DescribeStack(GuestTask task, Signal signal)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"process {task.Group.Pid} ({Encoding.UTF8.GetString(task.Name)}) got SIGSEGV (SI_KERNEL): its stack has no room for the handler of {signal}, at rip 0x{task.Cpu.Rip:x}");
        AppendRegisters(text, task.Cpu);
        return text.ToString();
    }

    private static void AppendRegisters(StringBuilder text, CpuContext registers)
    {
        for (int i = 0; i < 16; i++)
        {
            string name = ((GuestRegister)i).ToString().ToLowerInvariant();
            text.Append(i % 4 == 0 ? "\n  " : "  ").Append(CultureInfo.InvariantCulture, $"{name,-3} {registers[(GuestRegister)i]:x16}");
        }

        text.Append(CultureInfo.InvariantCulture, $"\n  rip {registers.Rip:x16}  fs  {registers.FsBase:x16}  gs  {registers.GsBase:x16}  flags {registers.Rflags:x}");
    }

    private static string Verb(PageAccess access) => access switch
    {
        PageAccess.Write => "write to",
        PageAccess.Execute => "execution of",
        _ => "read of",
    };

    private static int ReadCode(IGuestMemory memory, AddressSpaceId space, ulong address, Span<byte> destination)
    {
        int count = 0;
        while (count < destination.Length && memory.TryGetSpan(space, address + (ulong)count, PageAccess.Read, out Span<byte> page, out _))
        {
            int part = Math.Min(page.Length, destination.Length - count);
            page[..part].CopyTo(destination[count..]);
            count += part;
        }

        return count;
    }
}
