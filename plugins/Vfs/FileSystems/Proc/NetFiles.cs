using System.Globalization;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles;
using Kpio.Plugins.Vfs.OpenFiles.Sockets;

namespace Kpio.Plugins.Vfs.FileSystems.Proc;

/// <summary>
/// The files of /proc/PID/net (proc(5)): what a machine has whose one network interface is the loopback, and whose sockets are those of Unix alone.
/// </summary>
internal static class NetFiles
{
    private const string InternetSockets = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
    private const string InternetSockets6 =
        "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

    private const string Drops = " ref pointer drops";
    private const uint SS_UNCONNECTED = 1;
    private const uint SS_CONNECTED = 3;

    private static readonly string[] Names = ["arp", "dev", "if_inet6", "raw", "raw6", "route", "tcp", "tcp6", "udp", "udp6", "unix"];

    /// <summary>The name of a file, or null.</summary>
    public static string? NameOf(int index) => index >= 0 && index < Names.Length ? Names[index] : null;

    /// <summary>The index of a file, or -1.</summary>
    public static int IndexOf(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < Names.Length; i++)
        {
            if (ByteSearch.Equals(name, Names[i]))
                return i;
        }

        return -1;
    }

    public static Result<byte[]> Generate(VfsCore core, int index)
    {
        var text = new ByteText();
        switch (NameOf(index))
        {
            case "arp":
                text.Add("IP address       HW type     Flags       HW address            Mask     Device\n");
                break;
            case "dev":
                text.Add("Inter-|   Receive                                                |  Transmit\n");
                text.Add(" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n");
                text.Add("    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n");
                break;
            case "if_inet6":
                text.Add("00000000000000000000000000000001 01 80 10 80       lo\n");
                break;
            case "raw":
                text.Add(InternetSockets + Drops + "\n");
                break;
            case "tcp":
                text.Add(InternetSockets.PadRight(149) + "\n");
                break;
            case "udp":
                text.Add((" " + InternetSockets + Drops).PadRight(127) + "\n");
                break;
            case "tcp6":
                text.Add(InternetSockets6 + "\n");
                break;
            case "raw6" or "udp6":
                text.Add(InternetSockets6 + Drops + "\n");
                break;
            case "route":
                text.Add("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT".PadRight(127) + "\n");
                break;
            case "unix":
                WriteUnix(core, text);
                break;
            default:
                return Errno.ENOENT;
        }

        return text.ToArray();
    }

    /// <summary>unix(7)'s sockets: addresses of the kernel's are shown to nobody, and pairs have no names.</summary>
    private static void WriteUnix(VfsCore core, ByteText text)
    {
        text.Add("Num       RefCount Protocol Flags    Type St Inode Path\n");
        foreach (OpenFile file in core.Files.All())
        {
            if (file.Driver.Kind != OpenFileKind.Socket)
                continue;
            SocketEnd end = SocketDriver.EndOf(file);
            uint references = end.Peer is null ? 2u : 3u;
            uint state = end.Peer is null ? SS_UNCONNECTED : SS_CONNECTED;
            text.Add(string.Create(CultureInfo.InvariantCulture, $"0000000000000000: {references:X8} 00000000 00000000 {(int)end.Type:X4} {state:X2} {end.Inode,5}\n"));
        }
    }
}
