using Kpio.Testing;

namespace Kpio.Conformance.Tests.Terminals;

/// <summary>Programs at a terminal of the machine's own: the driver runs as a guest, on a pseudoterminal. Each script shows what it shows natively.</summary>
public sealed class PseudoterminalTests
{
    public static TheoryData<string> Scripts => TerminalScripts.All;

    [Theory]
    [MemberData(nameof(Scripts))]
    public void PseudoterminalOfAGuestIsUsedAsNatively(string script) =>
        Parity.Check(Runners.Default, TerminalScripts.Play(script), scratch => TerminalScripts.SetUp(scratch, script));
}
