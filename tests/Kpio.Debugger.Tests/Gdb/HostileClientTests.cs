using System.Text;
using Kpio.Testing;

namespace Kpio.Debugger.Tests.Gdb;

/// <summary>A client that sends nonsense: every packet is answered, nothing breaks, and the guest comes to its end.</summary>
public sealed class HostileClientTests
{
    private static readonly string[] Nonsense =
    [
        "", "m", "m,", "mffffffffffffffff,ffffffffffffffff", "m0,ffffffffffffffff", "m400000,zz", "M0,1:", "M400000,2:1", "M400000,ffffffffffffffff:00", "X0,0:", "X400000,5:ab",
        "g0", "G", "Gxyz", "G00", "p", "pffffffff", "p3c", "P", "P0", "P0=", "P0=1", "P0=11", "P3c=0000000000000000", "Pffffffffffffffff=00",
        "Z", "Z9,0,0", "Z0", "Z0,", "Z0,0,1", "Z0,ffffffffffffffff,1", "Z2,0,0", "Z2,ffffffffffffffff,ffffffffffffffff", "Z2,1,ffffffffff", "z0,0,1", "z4,7,7",
        "H", "Hg", "Hgp", "Hgpffffffffff.1", "Hgp-1.-1", "Hx", "T", "Tzz", "Tp1.1", "Tp999.999", "?", "!", "qSupported", "qSupported:" + "a;b=;;+", "QPassSignals:", "QPassSignals:zz;1;ff;8f",
        "QCatchSyscalls:", "QCatchSyscalls:2", "QCatchSyscalls:1;zz", "QThreadEvents:", "qXfer", "qXfer:", "qXfer:features:read", "qXfer:features:read:target.xml:", "qXfer:features:read:target.xml:0,",
        "qXfer:features:read:../../etc/passwd:0,10", "qXfer:features:read:target.xml:ffffffffffffffff,ffffffffffffffff", "qXfer:auxv:write::0,1", "qXfer:exec-file:read:zzz:0,10",
        "qXfer:siginfo:read::ffffffff,1", "qXfer:nothing:read::0,1", "vFile:", "vFile:open:", "vFile:open:zz,0,0", "vFile:open:2f,ffffffffffffffff,0", "vFile:open:2f,1,0", "vFile:open:2f,0,0", "vFile:pread:0,0,0",
        "vFile:pread:7fffffff,1,1", "vFile:pread:0,ffffffffffffffff,ffffffffffffffff", "vFile:close:ff", "vFile:close:", "vFile:fstat:-1", "vFile:readlink:", "vFile:readlink:2", "vFile:unlink:2f",
        "vCont", "vCont;", "vCont;x", "vCont;C", "vCont;Czz", "vCont;C99", "vCont;r", "vCont;r1", "vCont;r1,", "vCont;c:", "vCont;c:p", "vCont?", "vKill;", "vKill;999", "vAttach;", "vAttach;zz", "vAttach;2",
        "C", "Czz", "Sff", "c zz", "Dx", "D;zz", "qRcmd,", "qRcmd,zz", "qRcmd,6", "qThreadExtraInfo,", "qThreadExtraInfo,zz", "qAttached:zz", "qCRC:0,1", "QNonStop:1", "vRun;", "R00", "\u0003\u0003", "i", "tp1.1",
    ];

    private static string Waits { get; } = GuestProgram.Build("debug/waits.c", GuestVariant.DebugMusl);

    [Fact]
    public void NonsenseIsAnswered()
    {
        using var run = new DebuggedRun(Waits, "p", "1");
        using (var client = new RawClient(run.Socket))
        {
            client.Ask("qSupported:multiprocess+;swbreak+");
            foreach (string packet in Nonsense)
                client.Ask(packet);
            Assert.StartsWith("T05", client.Ask("?"), StringComparison.Ordinal);
            Assert.Equal("OK", client.Ask("D;2"));
        }

        Assert.Equal(("ready\npoll 0\n", 0), (run.Wait().OutputText, run.Wait().ExitCode));
    }

    [Fact]
    public void DamageIsToldAndLengthIsBorne()
    {
        using var run = new DebuggedRun(Waits, "p", "1");
        using (var client = new RawClient(run.Socket))
        {
            client.SendRaw("$?#00"u8);
            client.SendRaw("$"u8);
            client.SendRaw(Encoding.ASCII.GetBytes(new string('m', 1_000_000)));
            client.SendRaw("#00garbage\xff\x00"u8);
            Assert.StartsWith("T05", client.Ask("?"), StringComparison.Ordinal);
            client.SendRaw("-"u8); // once more
            Assert.StartsWith("T05", client.Receive(), StringComparison.Ordinal);
            Assert.Equal("OK", client.Ask("D"));
        }

        Assert.Equal(0, run.Wait().ExitCode);
    }

    /// <summary>Packets made of the protocol's own words in any order, resuming ones aside; 3000 of them, the same each time.</summary>
    [Fact]
    public void AnyPacketIsAnswered()
    {
        string[] words =
        [
            "m", "M", "X", "g", "G", "p", "P", "Z0,", "z2,", "Hg", "T", "q", "Q", "qXfer:", "read:", "auxv:", "vFile:", "open:", "pread:", "p2.2", "p-1", ",", ":", ";", "=", "0", "1", "ff", "400000", "7fffffffffff",
            "ffffffffffffffff", "zz", "#", "$", "}", "*", "2f62696e", "\0", "ÿ",
        ];
        var random = new Random(7);
        using var run = new DebuggedRun(Waits, "p", "1");
        using (var client = new RawClient(run.Socket))
        {
            for (int i = 0; i < 3000; i++)
            {
                var packet = new StringBuilder();
                for (int count = random.Next(1, 8); count > 0; count--)
                    packet.Append(words[random.Next(words.Length)]);
                client.Ask(packet.ToString());
            }

            client.Send("k"u8);
        }

        Assert.Equal(137, run.Wait().ExitCode);
    }
}
