using System.Globalization;
using System.Text;
using Kpio.Contracts.Abi;

namespace AbiGen;

/// <summary>Writes the dispatcher: a switch over chunks of numbers, and one over each chunk, so that no method is big and every jump is a table.</summary>
internal static class DispatcherWriter
{
    private const uint ChunkShift = 3;

    public static string Write(AbiCatalog catalog)
    {
        var chunks = catalog.Syscalls.Where(s => s.Support != SyscallSupport.None).GroupBy(s => s.Number >> (int)ChunkShift).OrderBy(g => g.Key).ToList();
        var text = new StringBuilder(Generator.Header);
        text.Append("""
            using Kpio.Contracts.Abi;
            using Kpio.Contracts.Process;
            using Kpio.Contracts.Values;
            using Kpio.Plugins.LinuxAbi.Structs;

            namespace Kpio.Plugins.LinuxAbi;

            internal sealed partial class LinuxSyscalls
            {
                private SysResult Dispatch(GuestTask task, in SyscallFrame frame)
                {
                    switch (frame.Number >> 3)
                    {

            """);
        foreach (var chunk in chunks)
            Line(text, 3, $"case {chunk.Key}: return Dispatch{chunk.Key << (int)ChunkShift}(task, in frame);");
        Line(text, 3, "default: return NotImplemented(task, in frame);");
        Line(text, 2, "}");
        Line(text, 1, "}");
        foreach (var chunk in chunks)
        {
            text.Append('\n');
            Line(text, 1, $"private SysResult Dispatch{chunk.Key << (int)ChunkShift}(GuestTask task, in SyscallFrame frame)");
            Line(text, 1, "{");
            Line(text, 2, "switch (frame.Number)");
            Line(text, 2, "{");
            foreach (SyscallInfo call in chunk.OrderBy(s => s.Number))
                Line(text, 3, $"case {call.Number}: return {Call(catalog, call)};");
            Line(text, 3, "default: return NotImplemented(task, in frame);");
            Line(text, 2, "}");
            Line(text, 1, "}");
        }

        return text.Append("}\n").ToString();
    }

    private static string Call(AbiCatalog catalog, SyscallInfo call)
    {
        var parameters = new List<string> { "task" };
        for (int i = 0; i < call.Arguments.Count; i++)
        {
            bool swallowed = call.Arguments.Any(a => a.LengthArgument == i && ArgumentTypes.IsBuffer(call, a));
            if (!swallowed)
                parameters.Add(ArgumentTypes.Convert(catalog, call, i));
        }

        return $"{Generator.Pascal(call.Name)}({string.Join(", ", parameters)})";
    }

    private static void Line(StringBuilder text, int indent, string line) =>
        text.Append(CultureInfo.InvariantCulture, $"{new string(' ', indent * 4)}{line}\n");
}
