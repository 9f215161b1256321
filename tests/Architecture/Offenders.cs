namespace Kpio.Architecture.Tests;

/// <summary>Asserts that a list of what breaks a rule is empty, and names every entry when it is not.</summary>
internal static class Offenders
{
    public static void None(IEnumerable<string> offenders)
    {
        string[] all = [.. offenders];
        if (all.Length > 0)
            Assert.Fail(string.Join('\n', all));
    }
}
