using System.Globalization;
using System.Text;
using Kpio.Contracts.Process;

namespace Kpio.Debugger.Registers;

/// <summary>The registers in the order in which packets have them (GDB manual, appendix G "Standard Target Features", i386): their names and sizes in bytes.</summary>
internal static class TargetDescription
{
    public const int Rax = 0;
    public const int Rbp = 6;
    public const int Rsp = 7;
    public const int Rip = 16;
    public const int Eflags = 17;
    public const int FirstSelector = 18;
    public const int FirstX87 = 24;
    public const int FirstX87Control = 32;
    public const int FirstXmm = 40;
    public const int Mxcsr = 56;
    public const int OrigRax = 57;
    public const int FsBase = 58;
    public const int GsBase = 59;
    public const int FirstUpper = 60;

    /// <summary>The bytes of a task's extended state from which on it has the upper halves of YMM (SDM vol. 1 13.4).</summary>
    private const int StateWithUpper = 832;

    private static readonly string[] Core =
    [
        "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip",
    ];

    private static readonly string[] Selectors = ["cs", "ss", "ds", "es", "fs", "gs"];
    private static readonly string[] X87Control = ["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"];

    /// <summary>Whether the processor that a task runs on has AVX.</summary>
    public static bool HasUpper(GuestTask task) => task.Cpu.ExtendedStateSize >= StateWithUpper;

    /// <summary>How many registers a task has.</summary>
    public static int CountOf(GuestTask task) => HasUpper(task) ? FirstUpper + 16 : FirstUpper;

    /// <summary>A register's size in bytes.</summary>
    public static int SizeOf(int register) => register switch
    {
        >= FirstUpper => 16,
        < Eflags => 8,
        < FirstX87 => 4,
        < FirstX87Control => 10,
        < FirstXmm => 4,
        < Mxcsr => 16,
        Mxcsr => 4,
        _ => 8,
    };

    /// <summary>The description as gdb reads it (<c>target.xml</c>).</summary>
    /// <param name="hasUpper">Whether there are the upper halves of YMM.</param>
    public static byte[] ToXml(bool hasUpper)
    {
        var xml = new StringBuilder();
        xml.Append("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>");
        xml.Append("<architecture>i386:x86-64</architecture><osabi>GNU/Linux</osabi>");
        xml.Append("<feature name=\"org.gnu.gdb.i386.core\">");
        Flags(xml, "i386_eflags", ("", 1), ("CF", 0), ("PF", 2), ("AF", 4), ("ZF", 6), ("SF", 7), ("TF", 8), ("IF", 9), ("DF", 10), ("OF", 11),
            ("NT", 14), ("RF", 16), ("VM", 17), ("AC", 18), ("VIF", 19), ("VIP", 20), ("ID", 21));
        foreach (string name in Core)
            Register(xml, name, 64, name is "rip" ? "code_ptr" : name is "rbp" or "rsp" ? "data_ptr" : "int64");
        Register(xml, "eflags", 32, "i386_eflags");
        foreach (string name in Selectors)
            Register(xml, name, 32, "int32");
        for (int i = 0; i < 8; i++)
            Register(xml, string.Create(CultureInfo.InvariantCulture, $"st{i}"), 80, "i387_ext");
        foreach (string name in X87Control)
            Register(xml, name, 32, "int", "float");
        xml.Append("</feature><feature name=\"org.gnu.gdb.i386.sse\">");
        Vectors(xml);
        Flags(xml, "i386_mxcsr", ("IE", 0), ("DE", 1), ("ZE", 2), ("OE", 3), ("UE", 4), ("PE", 5), ("DAZ", 6), ("IM", 7), ("DM", 8), ("ZM", 9),
            ("OM", 10), ("UM", 11), ("PM", 12), ("FZ", 15));
        for (int i = 0; i < 16; i++)
            Register(xml, string.Create(CultureInfo.InvariantCulture, $"xmm{i}"), 128, "vec128");
        Register(xml, "mxcsr", 32, "i386_mxcsr", "vector");
        xml.Append("</feature><feature name=\"org.gnu.gdb.i386.linux\">");
        Register(xml, "orig_rax", 64, "int", "system");
        xml.Append("</feature><feature name=\"org.gnu.gdb.i386.segments\">");
        Register(xml, "fs_base", 64, "int");
        Register(xml, "gs_base", 64, "int");
        if (hasUpper)
        {
            xml.Append("</feature><feature name=\"org.gnu.gdb.i386.avx\">");
            for (int i = 0; i < 16; i++)
                Register(xml, string.Create(CultureInfo.InvariantCulture, $"ymm{i}h"), 128, "uint128");
        }

        xml.Append("</feature></target>");
        return Encoding.ASCII.GetBytes(xml.ToString());
    }

    private static void Register(StringBuilder xml, string name, int bits, string type, string? group = null)
    {
        xml.Append(CultureInfo.InvariantCulture, $"<reg name=\"{name}\" bitsize=\"{bits}\" type=\"{type}\"");
        if (group is not null)
            xml.Append(CultureInfo.InvariantCulture, $" group=\"{group}\"");
        xml.Append("/>");
    }

    private static void Flags(StringBuilder xml, string id, params (string Name, int Bit)[] flags)
    {
        xml.Append(CultureInfo.InvariantCulture, $"<flags id=\"{id}\" size=\"4\">");
        foreach ((string name, int bit) in flags.OrderBy(static flag => flag.Bit))
            xml.Append(CultureInfo.InvariantCulture, $"<field name=\"{name}\" start=\"{bit}\" end=\"{bit}\"/>");
        xml.Append("</flags>");
    }

    private static void Vectors(StringBuilder xml)
    {
        (string Id, string Type, int Count, string Field)[] views =
        [
            ("v8bf16", "bfloat16", 8, "v8_bfloat16"), ("v4f", "ieee_single", 4, "v4_float"), ("v2d", "ieee_double", 2, "v2_double"), ("v16i8", "int8", 16, "v16_int8"),
            ("v8i16", "int16", 8, "v8_int16"), ("v4i32", "int32", 4, "v4_int32"), ("v2i64", "int64", 2, "v2_int64"),
        ];
        foreach ((string id, string type, int count, _) in views)
            xml.Append(CultureInfo.InvariantCulture, $"<vector id=\"{id}\" type=\"{type}\" count=\"{count}\"/>");
        xml.Append("<union id=\"vec128\">");
        foreach ((string id, _, _, string field) in views)
            xml.Append(CultureInfo.InvariantCulture, $"<field name=\"{field}\" type=\"{id}\"/>");
        xml.Append("<field name=\"uint128\" type=\"uint128\"/></union>");
    }
}
