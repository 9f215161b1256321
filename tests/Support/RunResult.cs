using System.Text;

namespace Kpio.Testing;

/// <summary>What a program's run left: its bytes on both outputs and its exit code (128 + signal when a signal ended it).</summary>
public sealed record RunResult(byte[] Output, byte[] Error, int ExitCode, bool TimedOut)
{
    /// <summary>Standard output as text. Latin-1, so that every byte shows.</summary>
    public string OutputText => Encoding.Latin1.GetString(Output);

    /// <summary>Standard error as text.</summary>
    public string ErrorText => Encoding.Latin1.GetString(Error);
}
