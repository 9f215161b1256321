using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Loader;
using Kpio.Plugins.LinuxAbi.Tests.Doubles;

namespace Kpio.Plugins.LinuxAbi.Tests.Loader;

/// <summary>A loader on doubles.</summary>
internal sealed class LoaderFixture
{
    public LoaderFixture(MachineOptions? options = null)
    {
        var files = new Slot<IOpenFiles>();
        files.Bind(Files);
        var memory = new Slot<IMemoryManager>();
        memory.Bind(Memory);
        var spaces = new Slot<IAddressSpaces>();
        spaces.Bind(Memory);
        Loader = new ProgramLoader(files, memory, spaces, new Sevens(), options ?? new MachineOptions { RandomizeAddresses = false });
    }

    public FakeFiles Files { get; } = new();

    public FakeMemory Memory { get; } = new();

    public ProgramLoader Loader { get; }

    public GuestTask Task { get; } = FakeTask.Create();

    public Result<ProgramStart> Load(byte[] program, byte[]? interpreter = null, string[]? arguments = null, string[]? environment = null)
    {
        FileId file = Files.Add(program);
        FileId linker = interpreter is null ? default : Files.Add(interpreter);
        return Loader.Load(new LoadRequest(
            Task,
            new AddressSpaceId(0x1000),
            file,
            linker,
            "/bin/x"u8.ToArray(),
            [.. (arguments ?? ["x", "arg"]).Select(System.Text.Encoding.UTF8.GetBytes)],
            [.. (environment ?? ["A=1"]).Select(System.Text.Encoding.UTF8.GetBytes)]));
    }

    private sealed class Sevens : IEntropySource
    {
        public void Fill(Span<byte> destination) => destination.Fill(7);
    }
}
