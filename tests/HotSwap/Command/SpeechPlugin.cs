using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Kpio.HotSwap.Tests.Command;

/// <summary>The source of a plugin as a user writes one: a layer <c>speech</c> that changes the letters which programs write.</summary>
internal static class SpeechPlugin
{
    /// <summary>What <see cref="Source"/> does with small letters: capital ones.</summary>
    public const string Loud = "letter -= 32";

    /// <summary>The letter that follows.</summary>
    public const string Next = "letter += 1";

    /// <summary>A plugin's file.</summary>
    /// <param name="change">What is done with each small letter.</param>
    /// <param name="version">Its version.</param>
    public static string Source(string change, string version = "1, 0") => $$"""
        using Kpio.Contracts.Abi;
        using Kpio.Contracts.Plugins;
        using Kpio.Contracts.Process;
        using Kpio.Contracts.Values;
        using Microsoft.Extensions.DependencyInjection;

        public sealed class SpeechPlugin : IKernelPlugin
        {
            public PluginManifest Manifest { get; } = new("speech", new Version({{version}}), new Version(0, 1), [typeof(ISyscallLayer)], []);

            public void ConfigureServices(IServiceCollection services) => services.AddSingleton<ISyscallLayer, SpeechLayer>();
        }

        internal sealed class SpeechLayer : ISyscallLayer
        {
            public string Name => "speech";

            public ISyscallAbi Stack(ISyscallAbi below) => new SpeechSyscalls(below);
        }

        internal sealed class SpeechSyscalls(ISyscallAbi below) : LayeredSyscallAbi("speech", below)
        {
            [Syscall("write")]
            private SysResult Write(GuestTask task, in SyscallFrame frame)
            {
                var buffer = new UserBuffer(task, frame.Argument1, Math.Min(frame.Argument2, 4096));
                byte[] text = new byte[(int)buffer.Length];
                if (!buffer.TryRead(text, out SysResult stop))
                    return stop;
                foreach (ref byte letter in text.AsSpan())
                {
                    if (letter is >= (byte)'a' and <= (byte)'z')
                        {{change}};
                }

                return buffer.TryWrite(text, out stop) ? Below.Invoke(task, in frame) : stop;
            }
        }
        """;

    /// <summary>The line of <see cref="Source"/> in which the change stands, counted from 1.</summary>
    public static int ChangeLine { get; } = Array.FindIndex(Source(Loud).Split('\n'), static line => line.Contains(Loud, StringComparison.Ordinal)) + 1;

    /// <summary>The same as an assembly, as its author's build leaves it: written over in place.</summary>
    public static void Compile(string change, string version, string path)
    {
        const string Usings = "global using System;";
        string trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        EmitResult result = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(path),
            [CSharpSyntaxTree.ParseText(Source(change, version)), CSharpSyntaxTree.ParseText(Usings)],
            trusted.Split(Path.PathSeparator).Select(static reference => MetadataReference.CreateFromFile(reference)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable))
            .Emit(path);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
    }
}
