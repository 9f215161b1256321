namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>What an open file of a terminal keeps, in <see cref="OpenFiles.OpenFile.Special"/>.</summary>
internal sealed class TerminalFile
{
    public TerminalFile(Terminal terminal) => Terminal = terminal;

    /// <summary>The terminal; of a master, the one on the other side.</summary>
    public Terminal Terminal { get; }

    /// <summary>Whether the terminal was hung up after the file was opened: nothing can be done with it any more.</summary>
    public bool IsHungUp { get; set; }
}
