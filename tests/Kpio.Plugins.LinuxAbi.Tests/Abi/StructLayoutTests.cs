using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Plugins.LinuxAbi.Structs;
using FieldInfo = Kpio.Contracts.Abi.FieldInfo;

namespace Kpio.Plugins.LinuxAbi.Tests.Abi;

/// <summary>The described structures against what the C compiler makes of the system's headers, and the generated C# structs against the description.</summary>
public sealed class StructLayoutTests
{
    private static readonly AbiCatalog s_catalog = TestAbi.Create().Catalog;

    /// <summary>Structures whose fields have the same names in C; the C type where it is called otherwise.</summary>
    private static readonly Dictionary<string, string> s_inHeaders = new()
    {
        ["timespec"] = "struct timespec",
        ["timeval"] = "struct timeval",
        ["itimerval"] = "struct itimerval",
        ["itimerspec"] = "struct itimerspec",
        ["statfs"] = "struct statfs",
        ["iovec"] = "struct iovec",
        ["pollfd"] = "struct pollfd",
        ["utsname"] = "struct utsname",
        ["rlimit"] = "struct rlimit",
        ["rusage"] = "struct rusage",
        ["tms"] = "struct tms",
        ["sysinfo"] = "struct sysinfo",
        ["winsize"] = "struct winsize",
        ["stack_t"] = "stack_t",
        ["flock"] = "struct flock",
        ["statx"] = "struct statx",
        ["robust_list_head"] = "struct robust_list_head",
        ["open_how"] = "struct open_how",
        ["clone_args"] = "struct clone_args",
        ["epoll_event"] = "struct epoll_event",
        ["sockaddr"] = "struct sockaddr",
        ["msghdr"] = "struct msghdr",
        ["mmsghdr"] = "struct mmsghdr",
        ["sched_param"] = "struct sched_param",
        ["sembuf"] = "struct sembuf",
        ["mq_attr"] = "struct mq_attr",
        ["utimbuf"] = "struct utimbuf",
        ["timex"] = "struct timex",
        ["timezone"] = "struct timezone",
        ["stat"] = "struct stat",
        ["termios"] = "struct termios",
        ["user_cap_header"] = "struct __user_cap_header_struct",
        ["user_cap_data"] = "struct __user_cap_data_struct",
        ["rseq"] = "struct rseq",
    };

    /// <summary>Padding, reserved fields and those that C names otherwise.</summary>
    private static readonly HashSet<string> s_skipped =
    [
        "stat.st_atime", "stat.st_mtime", "stat.st_ctime", "stat.st_atime_nsec", "stat.st_mtime_nsec", "stat.st_ctime_nsec",
        "epoll_event.data_low", "epoll_event.data_high", "rseq.node_id", "rseq.mm_cid", "statx.stx_dio_mem_align",
        "statx.stx_dio_offset_align", "sysinfo.pad", "msghdr.msg_namelen", "utsname.domainname", "sysinfo.mem_unit",
    ];

    [Fact]
    public void LayoutsAreTheCompilers()
    {
        string folder = Directory.CreateTempSubdirectory("kpio-structs").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "layout.c"), Program());
            Run("gcc", $"-w -o {folder}/layout {folder}/layout.c");
            string expected = Run($"{folder}/layout", "");
            Assert.Equal(expected.TrimEnd(), Describe().TrimEnd());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void GeneratedStructsHaveTheDescribedSizeAndOffsets()
    {
        Assembly assembly = typeof(Timespec).Assembly;
        foreach (StructInfo info in s_catalog.Structs.Values)
        {
            string name = string.Concat(info.Name.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(p => char.ToUpperInvariant(p[0]) + p[1..]));
            Type type = assembly.GetType($"Kpio.Plugins.LinuxAbi.Structs.{name}", throwOnError: true)!;
            Assert.Equal(info.Size, Marshal.SizeOf(type));
            foreach (FieldInfo field in info.Fields)
                Assert.Equal(field.Offset, (int)Marshal.OffsetOf(type, field.Name));
        }
    }

    private static IEnumerable<FieldInfo> Compared(StructInfo info) =>
        info.Fields.Where(f => !f.Name.StartsWith("__", StringComparison.Ordinal) && !f.Name.Contains("spare", StringComparison.Ordinal) && !s_skipped.Contains($"{info.Name}.{f.Name}"));

    private static string Describe()
    {
        var text = new StringBuilder();
        foreach (string name in s_inHeaders.Keys)
        {
            StructInfo info = s_catalog.Structs[name];
            text.Append(CultureInfo.InvariantCulture, $"{name} {info.Size}\n");
            foreach (FieldInfo field in Compared(info))
                text.Append(CultureInfo.InvariantCulture, $"  {field.Name} {field.Offset} {field.Size}\n");
        }

        return text.ToString();
    }

    private static string Program()
    {
        var text = new StringBuilder("""
            #define _GNU_SOURCE
            #include <stddef.h>
            #include <stdio.h>
            #include <time.h>
            #include <sys/time.h>
            #include <sys/stat.h>
            #include <sys/statfs.h>
            #include <sys/uio.h>
            #include <poll.h>
            #include <sys/utsname.h>
            #include <sys/resource.h>
            #include <sys/times.h>
            #include <sys/sysinfo.h>
            #include <sys/ioctl.h>
            #include <signal.h>
            #include <fcntl.h>
            #include <linux/futex.h>
            #include <linux/openat2.h>
            #include <sched.h>
            #include <linux/sched.h>
            #include <sys/epoll.h>
            #include <sys/socket.h>
            #include <sys/sem.h>
            #include <mqueue.h>
            #include <utime.h>
            #include <sys/timex.h>
            #include <asm/termbits.h>
            #include <linux/capability.h>
            #include <linux/rseq.h>
            int main(void)
            {

            """);
        foreach ((string name, string type) in s_inHeaders)
        {
            text.Append(CultureInfo.InvariantCulture, $"    printf(\"{name} %zu\\n\", sizeof({type}));\n");
            foreach (FieldInfo field in Compared(s_catalog.Structs[name]))
                text.Append(CultureInfo.InvariantCulture, $"    printf(\"  {field.Name} %zu %zu\\n\", offsetof({type}, {field.Name}), sizeof((({type} *)0)->{field.Name}));\n");
        }

        return text.Append("    return 0;\n}\n").ToString();
    }

    private static string Run(string command, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} {arguments}: {error}");
        return output;
    }
}
