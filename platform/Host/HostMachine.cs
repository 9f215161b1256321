using System.Runtime.InteropServices;
using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Platform.Host.Linux;
using Kpio.Platform.Host.Portable;

namespace Kpio.Platform.Host;

/// <summary>
/// The real machine below: its clock, streams, files and a way to sleep. On Linux by the C library, elsewhere (and where the caller
/// asks for it) by the base library alone, with what that cannot say filled in as well as possible. Making one costs next to nothing.
/// </summary>
public sealed class HostMachine : IDisposable
{
    private IDisposable? _own;
    private IDisposable? _ownConsole;

    private HostMachine(IHostClock clock, IHostConsole console, IHostTerminal? terminal, IHostWaiter waiter, object files)
    {
        Clock = clock;
        Console = console;
        Terminal = terminal;
        Waiter = waiter;
        Files = (IHostFiles)files;
        FileContent = (IHostFileContent)files;
        FileNames = (IHostFileNames)files;
    }

    /// <summary>The clocks.</summary>
    public IHostClock Clock { get; }

    /// <summary>The standard streams.</summary>
    public IHostConsole Console { get; private set; }

    /// <summary>The user's terminal, where the host can hand it over whole; null elsewhere.</summary>
    public IHostTerminal? Terminal { get; }

    /// <summary>Takes <see cref="Terminal"/> and gives it back.</summary>
    public IHostTerminalControl? TerminalControl => Terminal as IHostTerminalControl;

    /// <summary>Sleeping until something happens.</summary>
    public IHostWaiter Waiter { get; }

    /// <summary>Granted trees.</summary>
    public IHostFiles Files { get; private set; }

    /// <summary>The content of files in granted trees.</summary>
    public IHostFileContent FileContent { get; private set; }

    /// <summary>Changes in granted trees.</summary>
    public IHostFileNames FileNames { get; }

    /// <summary>Random bytes, where there is a cheaper way to them than the base library's.</summary>
    public IEntropySource? Entropy { get; private init; }

    /// <summary>Memory for machine code, where the host has it.</summary>
    public static ICodeMemory? FindCodeMemory() =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 ? new LinuxCodeMemory() : null;

    /// <summary>Makes the way that fits the host, or the portable one everywhere.</summary>
    public static HostMachine Create(bool portable = false)
    {
        if (OperatingSystem.IsLinux() && !portable)
            return new HostMachine(new LinuxClock(), new LinuxConsole(), new LinuxTerminal(), new LinuxWaiter(), new LinuxFiles()) { Entropy = new LinuxEntropy() };

        var console = new PortableConsole();
        return new HostMachine(new PortableClock(), console, null, new PortableWaiter(console), new PortableFiles());
    }

    /// <summary>The host's clock and files, with streams, and perhaps a terminal, of the caller's own: for machines that run within a program.</summary>
    public static HostMachine Create(IHostConsole console, IHostWaiter waiter, IHostTerminal? terminal)
    {
        ArgumentNullException.ThrowIfNull(console);
        ArgumentNullException.ThrowIfNull(waiter);
        return OperatingSystem.IsLinux()
            ? new HostMachine(new LinuxClock(), console, terminal, waiter, new LinuxFiles()) { Entropy = new LinuxEntropy() }
            : new HostMachine(new PortableClock(), console, terminal, waiter, new PortableFiles());
    }

    /// <summary>Puts somebody between the granted trees and the machine that is to be made; <see cref="Dispose"/> still closes the host's own handles.</summary>
    public void Interpose(Func<IHostFiles, IHostFiles> files, Func<IHostFileContent, IHostFileContent> content)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(content);
        _own ??= Files as IDisposable;
        (Files, FileContent) = (files(Files), content(FileContent));
    }

    /// <summary>Puts somebody between the standard streams and the machine that is to be made.</summary>
    public void Interpose(Func<IHostConsole, IHostConsole> console)
    {
        ArgumentNullException.ThrowIfNull(console);
        _ownConsole ??= Console as IDisposable;
        Console = console(Console);
    }

    /// <summary>Puts the terminal back as it was and closes every handle.</summary>
    public void Dispose()
    {
        (Terminal as IDisposable)?.Dispose();
        (_ownConsole ?? Console as IDisposable)?.Dispose();
        (Waiter as IDisposable)?.Dispose();
        (_own ?? Files as IDisposable)?.Dispose();
    }
}
