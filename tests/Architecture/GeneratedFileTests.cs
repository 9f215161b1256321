using Kpio.Testing;

namespace Kpio.Architecture.Tests;

/// <summary>Generated files are what the generator makes of the description of the system calls today.</summary>
public sealed class GeneratedFileTests
{
    [Fact]
    public void AbiGenFindsNothingToChange()
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string generator = RepositoryRoot.Combine("artifacts", "bin", "AbiGen", configuration, "AbiGen.dll");
        RunResult result = ChildProcess.Run("dotnet", ["exec", generator, "--check"], RepositoryRoot.Path);
        Assert.True(result.ExitCode == 0, result.OutputText + result.ErrorText);
    }
}
