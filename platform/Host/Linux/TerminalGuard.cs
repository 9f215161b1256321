using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Kpio.Platform.Host.Linux;

/// <summary>
/// Puts the user's terminal back when this process is killed and can no longer do so: a shell that waits for the end of a pipe whose
/// other end is here alone. It is a session of its own, so that no key and no signal to this process's group reaches it, and has the terminal
/// as an open file, so that the terminal's name does not matter. Whoever uses the terminal by then keeps it as it is: it is put back
/// only from what it was set to here.
/// </summary>
internal sealed unsafe class TerminalGuard
{
    private const int Modes = 4; // c_iflag, c_oflag, c_cflag, c_lflag: struct termios of the kernel
    private const int KernelCharacters = 19;
    private const int LibraryCharacters = 32; // NCCS of every C library on Linux: stty(1) shows as many
    private const int CharactersAt = (Modes * sizeof(uint)) + 1; // behind c_line

    // read fails at the pipe's end. What this process had inherited stays open nowhere because of the guard.
    private const string Script =
        "cd /; exec 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-; trap '' HUP INT QUIT TERM; read -r end; " +
        "[ \"$(stty -g <&3)\" != \"$1\" ] || exec stty \"$2\" <&3";

    private int _pid;
    private int _pipe = -1;

    /// <summary>Starts the guard. Without a shell or stty(1) there is none, and nothing else is different.</summary>
    /// <param name="terminal">The terminal, open for reading.</param>
    /// <param name="raw">What it is set to from now on: the kernel's struct termios.</param>
    /// <param name="initial">What it is to be put back to.</param>
    public void Start(int terminal, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> initial)
    {
        int* ends = stackalloc int[2];
        if (LibC.Pipe2(ends, LibC.O_CLOEXEC) < 0)
            return;
        _pid = Spawn(ends[0], terminal, Describe(raw), Describe(initial));
        _ = LibC.Close(ends[0]);
        _pipe = ends[1];
        if (_pid == 0)
            Stop();
    }

    /// <summary>Ends the guard: the terminal has been put back.</summary>
    public void Stop()
    {
        if (_pid > 0)
        {
            int status;
            _ = LibC.Kill(_pid, LibC.SIGKILL);
            while (LibC.Waitpid(_pid, &status, 0) < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR)
            {
            }
        }

        if (_pipe >= 0)
            _ = LibC.Close(_pipe);
        _pid = 0;
        _pipe = -1;
    }

    private static int Spawn(int pipe, int terminal, string raw, string initial)
    {
        SpawnObject actions;
        SpawnObject attributes;
        if (LibC.SpawnActionsInit(&actions) != 0 || LibC.SpawnAttributesInit(&attributes) != 0)
            return 0;
        int pid = 0;
        byte[] arguments = Encoding.UTF8.GetBytes($"sh\0-c\0{Script}\0sh\0{raw}\0{initial}\0PATH=/usr/bin:/bin\0");
        fixed (byte* shell = "/bin/sh\0"u8, nothing = "/dev/null\0"u8, text = arguments)
        {
            byte** vector = stackalloc byte*[7];
            byte* next = text;
            for (int i = 0; i < 7; i++)
            {
                vector[i] = next;
                while (*next++ != 0)
                {
                }
            }

            byte** environment = stackalloc byte*[2];
            environment[0] = vector[6];
            environment[1] = vector[6] = null;

            // In this order: either may have one of the numbers that the next one takes, but for 0, which is the terminal itself.
            bool isMade = LibC.SpawnActionsAddDup2(&actions, pipe, 0) == 0
                && LibC.SpawnActionsAddDup2(&actions, terminal, 3) == 0
                && LibC.SpawnActionsAddOpen(&actions, 1, nothing, LibC.O_WRONLY, 0) == 0
                && LibC.SpawnActionsAddOpen(&actions, 2, nothing, LibC.O_WRONLY, 0) == 0
                && LibC.SpawnAttributesSetFlags(&attributes, LibC.POSIX_SPAWN_SETSID) == 0
                && LibC.PosixSpawn(&pid, shell, &actions, &attributes, vector, environment) == 0;
            if (!isMade)
                pid = 0;
        }

        _ = LibC.SpawnAttributesDestroy(&attributes);
        _ = LibC.SpawnActionsDestroy(&actions);
        return pid;
    }

    /// <summary>As <c>stty -g</c> writes settings: hexadecimal numbers with colons between them.</summary>
    private static string Describe(ReadOnlySpan<byte> settings)
    {
        var text = new StringBuilder();
        ReadOnlySpan<uint> modes = MemoryMarshal.Cast<byte, uint>(settings[..(Modes * sizeof(uint))]);
        for (int i = 0; i < Modes; i++)
            text.Append(i > 0 ? ":" : "").Append(modes[i].ToString("x", CultureInfo.InvariantCulture));
        for (int i = 0; i < LibraryCharacters; i++)
            text.Append(':').Append((i < KernelCharacters ? settings[CharactersAt + i] : 0).ToString("x", CultureInfo.InvariantCulture));
        return text.ToString();
    }
}
