using Spectre.Console;

namespace Kpio.Cli.Commands;

/// <summary>A table for people on a terminal, and columns of plain text in a pipe.</summary>
internal static class TextTable
{
    public static void Write(TextWriter output, string[] header, IEnumerable<string[]> rows)
    {
        if (!Console.IsOutputRedirected)
        {
            var table = new Table { Border = TableBorder.Rounded };
            foreach (string column in header)
                table.AddColumn(new TableColumn(Markup.Escape(column)));
            foreach (string[] row in rows)
                table.AddRow(Array.ConvertAll(row, Markup.Escape));
            AnsiConsole.Write(table);
            return;
        }

        List<string[]> all = [header, .. rows];
        int[] widths = [.. header.Select((_, i) => all.Max(row => row[i].Length))];
        foreach (string[] row in all)
            output.WriteLine(string.Join("  ", row.Select((cell, i) => i == row.Length - 1 ? cell : cell.PadRight(widths[i]))).TrimEnd());
    }
}
