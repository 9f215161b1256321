using System.Text.RegularExpressions;

namespace Kpio.Cli.Testing.Scenarios;

/// <summary>A terminal and who sits at it.</summary>
internal sealed class TerminalScript
{
    /// <summary>Rows of characters.</summary>
    public ushort Rows { get; set; } = 24;

    /// <summary>Columns of characters.</summary>
    public ushort Columns { get; set; } = 80;

    /// <summary>What the user does, one after the other.</summary>
    public List<DialogueStep> Steps { get; } = [];
}

/// <summary>One thing that the user at the terminal does.</summary>
/// <param name="Line">The line of the scenario's file, from 1.</param>
internal abstract record DialogueStep(long Line);

/// <summary>Waits until the terminal has shown a text, behind what earlier steps have found.</summary>
internal sealed record ExpectStep(long Line, string? Text, Regex? Pattern) : DialogueStep(Line)
{
    public override string ToString() => Pattern is null ? $"\"{Text}\"" : $"/{Pattern}/";
}

/// <summary>Types keys.</summary>
internal sealed record SendStep(long Line, byte[] Keys) : DialogueStep(Line);

/// <summary>Waits until every task of the machine sleeps: a program that was started has come to where it waits.</summary>
internal sealed record IdleStep(long Line) : DialogueStep(Line);

/// <summary>Changes the window's size.</summary>
internal sealed record ResizeStep(long Line, ushort Rows, ushort Columns) : DialogueStep(Line);

/// <summary>The terminal goes away: SIGHUP.</summary>
internal sealed record HangUpStep(long Line) : DialogueStep(Line);
