using System.Globalization;
using Kpio.Cli.Testing.Running;
using Spectre.Console;

namespace Kpio.Cli.Testing.Reporting;

/// <summary>On a terminal: a bar while scenarios run, with the lines of those that fail above it.</summary>
internal sealed class ProgressReport : IScenarioReport, IDisposable
{
    private const int BarWidth = 30;
    private readonly IAnsiConsole _console;
    private readonly object _lock = new();
    private readonly Timer _timer;
    private int _count;
    private int _done;
    private int _failed;
    private int _drawn = -1;

    public ProgressReport(IAnsiConsole console)
    {
        _console = console;
        _timer = new Timer(_ => Draw(), null, Timeout.Infinite, Timeout.Infinite);
    }

    public void Begin(int count)
    {
        _count = count;
        _console.Cursor.Hide();
        _timer.Change(100, 100);
    }

    public void Add(ScenarioResult result)
    {
        lock (_lock)
        {
            _done++;
            if (result.HasPassed && result.Run.Updated.Count == 0)
                return;
            if (!result.HasPassed)
                _failed++;
            Erase();
            var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
            PlainReport.WriteResult(text, result);
            string[] lines = text.ToString().TrimEnd('\n').Split('\n');
            _console.Write(new Text(lines[0] + "\n", new Style(result.HasPassed ? Color.Green : Color.Red)));
            foreach (string line in lines.Skip(1))
                _console.Write(new Text(line + "\n", StyleOf(line)));
        }
    }

    public void End(IReadOnlyList<ScenarioResult> results, TimeSpan duration)
    {
        _timer.Change(Timeout.Infinite, Timeout.Infinite);
        lock (_lock)
        {
            Erase();
            _console.Cursor.Show();
            string sum = string.Create(CultureInfo.InvariantCulture, $"{results.Count - _failed} passed, {_failed} failed in {duration.TotalSeconds:0.0} s\n");
            _console.Write(new Text(sum, new Style(_failed == 0 ? Color.Green : Color.Red)));
        }
    }

    public void Dispose() => _timer.Dispose();

    private static Style StyleOf(string line) => line switch
    {
        _ when line.StartsWith("    - ", StringComparison.Ordinal) => new Style(Color.Red),
        _ when line.StartsWith("    + ", StringComparison.Ordinal) => new Style(Color.Green),
        _ => Style.Plain,
    };

    private void Draw()
    {
        lock (_lock)
        {
            if (_done == _drawn || _count == 0)
                return;
            _drawn = _done;
            int full = (int)((long)BarWidth * _done / _count);
            _console.Write(new ControlCode("\r"));
            _console.Write(new Text(new string('━', full), new Style(_failed == 0 ? Color.Green : Color.Red)));
            _console.Write(new Text(new string('━', BarWidth - full), new Style(Color.Grey)));
            _console.Write(new Text(string.Create(CultureInfo.InvariantCulture, $" {_done}/{_count}{(_failed > 0 ? $", {_failed} failed" : "")}")));
        }
    }

    private void Erase()
    {
        if (_drawn >= 0)
            _console.Write(new ControlCode("\r\e[2K"));
        _drawn = -1;
    }
}
