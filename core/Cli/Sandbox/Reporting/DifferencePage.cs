using System.Net;
using Kpio.Cli.Commands;
using Kpio.Cli.Sandbox.Comparing;

namespace Kpio.Cli.Sandbox.Reporting;

/// <summary>Two runs side by side as one HTML file that needs nothing else: the data as JSON, and a small program that shows it.</summary>
internal static class DifferencePage
{
    /// <summary>How many pairs of events a page holds: browsers take no more in comfort. The counts are of all.</summary>
    public const int MostPairs = 20_000;

    /// <summary>The page's text.</summary>
    public static string Of(RunComparison comparison)
    {
        // The default encoder writes <, > and & of the guest's bytes as escapes, so that nothing of them ends the script element.
        string data = JsonText.Of(writer => DifferenceJson.Write(writer, comparison, MostPairs), indented: false);
        using Stream stream = typeof(DifferencePage).Assembly.GetManifestResourceStream("difference.html")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()
            .Replace("<!--TITLE-->", WebUtility.HtmlEncode($"{comparison.A.Name} and {comparison.B.Name}"), StringComparison.Ordinal)
            .Replace("/*DATA*/", data, StringComparison.Ordinal);
    }
}
