namespace Kpio.Debugger.Server;

/// <summary>A command of gdb's <c>monitor</c>.</summary>
/// <param name="Name">The word that it begins with.</param>
/// <param name="Help">What it does, in one line.</param>
/// <param name="Run">Answers the words behind the name with text; on the machine's thread, while the guests stand still.</param>
public sealed record MonitorCommand(string Name, string Help, Func<IReadOnlyList<string>, string> Run);
