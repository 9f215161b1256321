using System.Globalization;
using System.Text;
using System.Xml;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Running;

namespace Kpio.Cli.Testing.Reporting;

/// <summary>Writes results as JUnit XML, as Jenkins and GitLab read it: a suite for each file, a case for each scenario.</summary>
internal sealed class JunitFile(string path) : IScenarioReport
{
    private const int MostOutput = 64 << 10;

    public void Begin(int count)
    {
    }

    public void Add(ScenarioResult result)
    {
    }

    /// <exception cref="UsageException">The file cannot be written.</exception>
    public void End(IReadOnlyList<ScenarioResult> results, TimeSpan duration)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            using var writer = XmlWriter.Create(file, new XmlWriterSettings { Indent = true, NewLineChars = "\n" });
            Write(writer, results, duration);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--junit {path}: {ErrorText.Of(e)}", e);
        }
    }

    private static void Write(XmlWriter writer, IReadOnlyList<ScenarioResult> results, TimeSpan duration)
    {
        writer.WriteStartDocument();
        writer.WriteStartElement("testsuites");
        writer.WriteAttributeString("name", "kpio test");
        WriteSums(writer, results, duration);
        foreach (IGrouping<string, ScenarioResult> suite in results.GroupBy(static result => result.Scenario.Source.Relative, StringComparer.Ordinal))
        {
            writer.WriteStartElement("testsuite");
            writer.WriteAttributeString("name", XmlText.Clean(suite.Key));
            WriteSums(writer, [.. suite], suite.Aggregate(TimeSpan.Zero, static (sum, result) => sum + result.Duration));
            foreach (ScenarioResult result in suite)
                WriteCase(writer, result);
            writer.WriteEndElement();
        }

        writer.WriteEndElement();
        writer.WriteEndDocument();
    }

    private static void WriteSums(XmlWriter writer, IReadOnlyList<ScenarioResult> results, TimeSpan duration)
    {
        writer.WriteAttributeString("tests", results.Count.ToString(CultureInfo.InvariantCulture));
        writer.WriteAttributeString("failures", results.Count(static result => !result.HasPassed).ToString(CultureInfo.InvariantCulture));
        writer.WriteAttributeString("errors", "0");
        writer.WriteAttributeString("skipped", "0");
        writer.WriteAttributeString("time", Seconds(duration));
    }

    private static void WriteCase(XmlWriter writer, ScenarioResult result)
    {
        string file = result.Scenario.Source.Relative;
        writer.WriteStartElement("testcase");
        writer.WriteAttributeString("name", XmlText.Clean(result.Scenario.Name));
        writer.WriteAttributeString("classname", XmlText.Clean(ClassOf(file)));
        writer.WriteAttributeString("file", XmlText.Clean(result.Scenario.Source.Shown));
        writer.WriteAttributeString("time", Seconds(result.Duration));
        if (!result.HasPassed)
        {
            string[] lines = [.. FailureText.Lines(result)];
            writer.WriteStartElement("failure");
            writer.WriteAttributeString("message", XmlText.Clean(lines[0]));
            writer.WriteAttributeString("type", "expectation");
            writer.WriteString(XmlText.Clean(string.Join('\n', lines)));
            writer.WriteEndElement();
        }

        WriteOutput(writer, "system-out", result.Run.Output);
        WriteOutput(writer, "system-err", result.Run.Error);
        writer.WriteEndElement();
    }

    private static void WriteOutput(XmlWriter writer, string name, byte[] output)
    {
        if (output.Length == 0)
            return;
        string text = Encoding.UTF8.GetString(output, 0, Math.Min(output.Length, MostOutput));
        writer.WriteElementString(name, XmlText.Clean(text) + (output.Length > MostOutput ? $"\n… {output.Length - MostOutput} more bytes" : ""));
    }

    /// <summary>Readers show classes as a tree, by their dots.</summary>
    private static string ClassOf(string file)
    {
        string name = file.EndsWith(".yaml", StringComparison.Ordinal) ? file[..^".yaml".Length] : file;
        return (name.EndsWith(".kpio", StringComparison.Ordinal) ? name[..^".kpio".Length] : name).Replace('.', '_').Replace('/', '.');
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
}
