using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Kpio.Cli.Demo;

/// <summary>Finds, fetches or makes the programs that the demo runs.</summary>
internal static class DemoPrograms
{
    /// <summary>The machine's static BusyBox, or Debian's, fetched into the folder. The problem says what to install when neither can be had.</summary>
    public static bool TryFindBusyBox(string folder, Action<string> say, [NotNullWhen(true)] out string? path, out string problem)
    {
        problem = "";
        path = Find("busybox");
        if (path is not null && IsStatic(path))
            return true;

        string target = Path.Combine(folder, "busybox");
        if (TryFindUnpacked(target, out path))
            return true;
        if (Find("apt-get") is null || Find("dpkg") is null)
        {
            problem = "the demo needs a static BusyBox, and there is no apt-get and dpkg to fetch Debian's: install busybox (static) and run 'kpio demo' again";
            return false;
        }

        say("Fetching Debian's busybox-static ...");
        if (!TryRun("apt-get", ["download", "busybox-static"], folder)
            || Directory.GetFiles(folder, "busybox-static_*.deb").Order(StringComparer.Ordinal).LastOrDefault() is not { } package
            || !TryRun("dpkg", ["-x", package, target], folder))
        {
            problem = "Debian's busybox-static cannot be fetched: 'apt-get update && apt-get install busybox-static', then run 'kpio demo' again";
            return false;
        }

        if (TryFindUnpacked(target, out path))
            return true;
        problem = $"the package {package} has no busybox: install busybox-static and run 'kpio demo' again";
        return false;
    }

    /// <summary>A static C program by the machine's compiler, or without one a small program that is assembled here.</summary>
    public static string CompileOrAssemble(string folder, Action<string> say)
    {
        string source = Path.Combine(folder, "demo.c");
        string output = Path.Combine(folder, "demo");
        using (Stream text = typeof(DemoPrograms).Assembly.GetManifestResourceStream("demo.c") ?? throw new InvalidOperationException("demo.c is not in the assembly."))
        using (FileStream file = File.Create(source))
            text.CopyTo(file);

        foreach (string compiler in (string[])["gcc", "cc", "clang", "musl-gcc"])
        {
            if (Find(compiler) is null || !TryRun(compiler, ["-static", "-O2", "-o", output, source, "-lm"], folder))
                continue;
            say($"Compiled {source} with {compiler} -static.");
            return output;
        }

        say("There is no C compiler with a static C library here: a small program is assembled instead.");
        string program = Path.Combine(folder, "assembled");
        File.WriteAllBytes(program, SmallProgram.Assemble("a program assembled by the demo: two system calls, no library\n"u8));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return program;
    }

    // Newer packages keep it below usr/.
    private static bool TryFindUnpacked(string folder, [NotNullWhen(true)] out string? path)
    {
        path = ((string[])[Path.Combine(folder, "bin", "busybox"), Path.Combine(folder, "usr", "bin", "busybox")]).FirstOrDefault(File.Exists);
        return path is not null;
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, program))
        .FirstOrDefault(File.Exists);

    // An ELF program without PT_INTERP (3) needs no dynamic linker.
    private static bool IsStatic(string path)
    {
        byte[] header = new byte[4096];
        using FileStream file = File.OpenRead(path);
        int length = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (length < 64 || !header.AsSpan(0, 5).SequenceEqual("\u007fELF\u0002"u8))
            return false;
        int offset = BitConverter.ToInt32(header, 32);
        int count = BitConverter.ToUInt16(header, 56);
        for (int i = 0; i < count && offset + ((i + 1) * 56) <= length; i++)
        {
            if (BitConverter.ToInt32(header, offset + (i * 56)) == 3)
                return false;
        }

        return true;
    }

    private static bool TryRun(string program, string[] arguments, string folder)
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            if (process is null)
                return false;
            Task<string> error = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            error.GetAwaiter().GetResult();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // It cannot be started: as good as not there.
        }
    }
}
