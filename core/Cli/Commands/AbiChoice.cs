using System.CommandLine;
using Kpio.Cli.Running;
using Kpio.Contracts.Abi;

namespace Kpio.Cli.Commands;

/// <summary>How commands about interfaces name one: as <c>--abi</c> does.</summary>
internal static class AbiChoice
{
    /// <summary>What help says of such a name.</summary>
    public const string Description = "linux, kpio-tier-a, or the path of a plugin (an assembly, or one .cs file); tiers behind colons: linux:A+B, linux:-getrandom:variant.cs.";

    /// <summary>Options of a machine with that interface.</summary>
    public static RunOptions Read(string text, string[]? plugins = null)
    {
        var options = new RunOptions();
        options.Plugins.AddRange(plugins ?? []);
        AbiPart.Apply(options, text);
        return options;
    }

    /// <summary>The catalog of an interface.</summary>
    public static AbiCatalog Catalog(RunOptions options) => CatalogMachine.Ask(options, static machine => machine.Slots.Abi.Current.Catalog);

    /// <summary>The option for further plugins, whose variants can be chosen by their names.</summary>
    public static Option<string[]> PluginOption() => new("--plugin") { Description = "Load this plugin too: an assembly, or one .cs file.", HelpName = "PATH" };
}
