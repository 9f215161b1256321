namespace Kpio.Cli.Running;

/// <summary>The user asked for something that cannot be: the message is the one line that is printed before the command ends with 125.</summary>
internal sealed class UsageException : Exception
{
    public UsageException(string message)
        : base(message)
    {
    }

    public UsageException()
    {
    }

    public UsageException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
