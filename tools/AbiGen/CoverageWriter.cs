using System.Globalization;
using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;

namespace AbiGen;

/// <summary>Writes docs/abi-coverage.md.</summary>
internal static class CoverageWriter
{
    public static string Write(AbiCatalog catalog)
    {
        var text = new StringBuilder();
        text.Append("""
            # System calls

            Made by tools/AbiGen from `plugins/LinuxAbi/Abi`; changes belong there. Every system call of Linux 6.1 on x86_64 is listed. Rows
            with the support `none` answer ENOSYS, as every other number does. Tiers A and B are those of the product's seed document; C is
            everything beyond.

            | tier | calls | full | partial | stub | none |
            |---|---|---|---|---|---|

            """);
        foreach (SyscallTier tier in Enum.GetValues<SyscallTier>())
            Total(tier.ToString(), [.. catalog.Syscalls.Where(s => s.Tier == tier)]);
        Total("all", catalog.Syscalls);
        text.Append("""

            | # | call | arguments | category | tier | support | note |
            |---|---|---|---|---|---|---|

            """);
        foreach (SyscallInfo call in catalog.Syscalls)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {call.Number} | `{call.Name}` | {string.Join(", ", call.Arguments.Select(a => a.Name))} | {call.Category} | {call.Tier} | {Lower(call.Support)} | {call.Note}{Wait(call)} |\n");
        }

        return text.ToString();

        void Total(string name, IReadOnlyList<SyscallInfo> calls)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {calls.Count} |");
            foreach (SyscallSupport support in (SyscallSupport[])[SyscallSupport.Full, SyscallSupport.Partial, SyscallSupport.Stub, SyscallSupport.None])
                text.Append(CultureInfo.InvariantCulture, $" {calls.Count(s => s.Support == support)} |");
            text.Append('\n');
        }
    }

    private static string Wait(SyscallInfo call) => call.Support == SyscallSupport.None || call.Interrupt == InterruptKind.Uninterruptible
        ? ""
        : call.Note.Length == 0 ? "may wait" : "; may wait";

    private static string Lower(SyscallSupport support) => support.ToString().ToLowerInvariant();
}
