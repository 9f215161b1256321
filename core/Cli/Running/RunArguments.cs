using System.Text.Json;
using Kpio.Platform.Host;

namespace Kpio.Cli.Running;

/// <summary>
/// Reads what <c>kpio run</c> is to do: <c>kpio.json</c> in the working directory, over it <c>KPIO_*</c> variables, over them the
/// command line. Options end at the first argument that is none, the program, or at <c>--</c>.
/// </summary>
internal static class RunArguments
{
    private const string ConfigurationFile = "kpio.json";

    /// <summary>Whether help is asked for, before the program's own arguments begin.</summary>
    public static bool AsksForHelp(ReadOnlySpan<string> arguments)
    {
        for (int i = 1; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument is "--help" or "-h" or "-?")
                return true;
            if (argument == "--" || !argument.StartsWith("--", StringComparison.Ordinal))
                return false;
            if (!argument.Contains('=', StringComparison.Ordinal) && RunOptionTable.Find(argument.AsSpan(2)) is { } option && i + 1 < arguments.Length && option.Takes(arguments[i + 1]))
                i++;
        }

        return false;
    }

    /// <summary>Reads the options; the table of them is made only where one is given.</summary>
    /// <param name="arguments">The command line behind <c>run</c>.</param>
    /// <param name="environment">The variables that this process was started with.</param>
    /// <exception cref="UsageException">Something is wrong with an option.</exception>
    public static RunOptions Parse(ReadOnlySpan<string> arguments, List<byte[]> environment)
    {
        var options = new RunOptions();
        if (HostProcess.Exists(ConfigurationFile))
            ApplyConfiguration(options, ConfigurationFile);
        if (GuestStrings.MayHaveOptions(environment))
            ApplyVariables(options);
        ApplyCommandLine(options, arguments);
        return options;
    }

    private static void ApplyVariables(RunOptions options)
    {
        foreach (RunOption option in RunOptionTable.All)
        {
            if (Environment.GetEnvironmentVariable(option.Variable) is { Length: > 0 } value)
                Apply(options, option, value, option.Variable);
        }
    }

    private static void ApplyCommandLine(RunOptions options, ReadOnlySpan<string> arguments)
    {
        int i = 0;
        for (; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument == "--")
            {
                i++;
                break;
            }

            if (argument.Length < 2 || argument[0] != '-')
                break;
            i = ApplyArgument(options, arguments, i);
        }

        if (i >= arguments.Length)
            throw new UsageException("no program is named: kpio run [options] PROGRAM [ARGUMENT...]");
        options.Program = arguments[i];
        options.Arguments = arguments[i..].ToArray();
    }

    /// <summary>Takes the option at <paramref name="i"/> over and answers where its last argument is.</summary>
    public static int ApplyArgument(RunOptions options, ReadOnlySpan<string> arguments, int i)
    {
        string argument = arguments[i];
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? argument : argument[..equals];
        RunOption option = (name.StartsWith("--", StringComparison.Ordinal) ? RunOptionTable.Find(name.AsSpan(2)) : null)
            ?? throw new UsageException($"there is no option {name}: 'kpio run --help' lists them");
        string value = equals < 0 ? "" : argument[(equals + 1)..];
        if (option.Value == OptionValue.None && equals >= 0)
            throw new UsageException($"{name} takes no value");
        if (option.Value is OptionValue.Required or OptionValue.Repeated && equals < 0)
        {
            if (++i == arguments.Length)
                throw new UsageException($"{name} needs a value: {name} {option.ValueName}");
            value = arguments[i];
        }
        else if (option.Value == OptionValue.Optional && equals < 0 && i + 1 < arguments.Length && option.Takes(arguments[i + 1]))
        {
            value = arguments[++i];
        }

        Apply(options, option, value, name);
        return i;
    }

    private static void ApplyConfiguration(RunOptions options, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new UsageException($"{path} cannot be read: it holds no object, as in {{ \"memory\": \"1G\" }}");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                RunOption option = RunOptionTable.Find(property.Name)
                    ?? throw new UsageException($"{path}: there is no option '{property.Name}'");
                ApplyJson(options, option, property.Value, $"{path}: {property.Name}");
            }
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path} cannot be read: it is no valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {ErrorText.Of(e)}", e);
        }
    }

    private static void ApplyJson(RunOptions options, RunOption option, JsonElement value, string source)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array when option.Value == OptionValue.Repeated:
                foreach (JsonElement element in value.EnumerateArray())
                    ApplyJson(options, option, element, source);
                break;
            case JsonValueKind.Object when option.Name == "env":
                foreach (JsonProperty variable in value.EnumerateObject())
                    Apply(options, option, $"{variable.Name}={variable.Value}", source);
                break;
            case JsonValueKind.String:
                Apply(options, option, value.GetString()!, source);
                break;
            case JsonValueKind.Number:
                Apply(options, option, value.GetRawText(), source);
                break;
            case JsonValueKind.True or JsonValueKind.False when option.Value is OptionValue.None or OptionValue.Optional:
                Apply(options, option, value.ValueKind == JsonValueKind.True ? "true" : "false", source);
                break;
            default:
                throw new UsageException($"{source} cannot be a JSON {value.ValueKind}");
        }
    }

    private static void Apply(RunOptions options, RunOption option, string value, string source)
    {
        try
        {
            option.Apply(options, value);
        }
        catch (UsageException e)
        {
            throw new UsageException($"{source}: {e.Message}", e);
        }
    }
}
