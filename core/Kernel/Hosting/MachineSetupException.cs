namespace Kpio.Kernel.Hosting;

/// <summary>A machine cannot be put together as asked. The message is one line that says what to do; never caused by a guest.</summary>
public sealed class MachineSetupException : Exception
{
    public MachineSetupException(string message)
        : base(message)
    {
    }

    public MachineSetupException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public MachineSetupException()
    {
    }
}
