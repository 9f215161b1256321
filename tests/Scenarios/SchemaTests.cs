using System.Text.Json;
using Kpio.Cli.Testing.Reading;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Testing;

namespace Kpio.Scenarios.Tests;

/// <summary>docs/schema/scenario.schema.json says what the reader reads.</summary>
public sealed class SchemaTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Combine("docs", "schema", "scenario.schema.json"))).RootElement;

    private static readonly Dictionary<string, IEnumerable<string>> Tables = new()
    {
        ["scenario"] = ScenarioKeys.Scenario.Names,
        ["case"] = ScenarioKeys.Scenario.Names,
        ["stdin"] = ScenarioKeys.Input.Names,
        ["terminal"] = ScenarioKeys.Terminal.Names,
        ["step"] = ScenarioKeys.Step.Names,
        ["shown"] = ScenarioKeys.Shown.Names,
        ["file"] = ScenarioKeys.File.Names,
        ["swap"] = ScenarioKeys.Swap.Names,
        ["expect"] = ScenarioKeys.Expect.Names,
        ["exit"] = ScenarioKeys.Exit.Names,
        ["syscalls"] = ScenarioKeys.Syscalls.Names,
        ["text"] = ScenarioKeys.Text.Names,
        ["setup"] = ScenarioKeys.SetupOf.Names,
        ["setupProgram"] = ScenarioKeys.SetupProgram.Names,
        ["expectedFile"] = ScenarioKeys.ExpectedFile.Names,
    };

    public static TheoryData<string> Examples =>
        [.. Directory.GetFiles(RepositoryRoot.Combine("samples", "scenarios"), "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Names => [.. Tables.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void SchemaHasTheReadersKeys(string name)
    {
        JsonElement mapping = Schema.GetProperty("$defs").GetProperty(name);
        Assert.Equal(Tables[name].Order(StringComparer.Ordinal), PropertiesOf(mapping));
        Assert.Equal(JsonValueKind.False, mapping.GetProperty("additionalProperties").ValueKind);
    }

    [Fact]
    public void EveryTableOfTheReaderIsCompared()
    {
        int tables = typeof(ScenarioKeys).GetProperties().Count(static property => property.PropertyType.Name.StartsWith("KeyTable", StringComparison.Ordinal));
        Assert.Equal(tables, Tables.Count - 1); // a case has the scenario's
        Assert.Equal(Tables.Keys.Order(StringComparer.Ordinal), Schema.GetProperty("$defs").EnumerateObject().Select(static definition => definition.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void AFileHasTheKeysOfAScenarioCasesAndASetup() =>
        Assert.Equal(ScenarioKeys.Scenario.Names.Append(ScenarioKeys.Cases).Append(ScenarioKeys.Setup).Order(StringComparer.Ordinal), PropertiesOf(Schema));

    [Theory]
    [MemberData(nameof(Examples))]
    public void ExamplesFit(string path)
    {
        string text = File.ReadAllText(path);
        Assert.Empty(new JsonSchema(Schema).Check(YamlToJson.Read(text)));
        Assert.Contains("scenario.schema.json", text, StringComparison.Ordinal);
        var problems = new List<string>();
        Assert.NotEmpty(ScenarioReader.Read(new ScenarioSource(path, path, path), problems));
        Assert.Empty(problems);
    }

    /// <summary>What the reader refuses the schema refuses too, as far as it can say such things.</summary>
    [Theory]
    [InlineData("args: [1]")]
    [InlineData("program: x\nprogramm: y")]
    [InlineData("program: [x]")]
    [InlineData("program: x\nexpect: {exit: 256}")]
    [InlineData("program: x\nexpect: {exit: {signaled: TERM}}")]
    [InlineData("program: x\nexpect: {exit: {exited: 0, signaled: SIGTERM}}")]
    [InlineData("program: x\nexpect: {stdout: {text: a, regex: b}}")]
    [InlineData("program: x\nexpect: {stdout: {}}")]
    [InlineData("program: x\nfiles: {a: {text: b, mode: '0999'}}")]
    [InlineData("program: x\nfiles: {a: {directory: false}}")]
    [InlineData("program: x\ndialogue: [{expect: a, send: b}]")]
    [InlineData("program: x\ndialogue: [{wait: 1s}]")]
    [InlineData("program: x\nterminal: {rows: 0}")]
    [InlineData("program: x\ndeterministic: maybe")]
    [InlineData("program: x\nuser: root")]
    [InlineData("program: x\nswaps: [{after: 0, plugin: vfs}]")]
    [InlineData("program: x\ncases: []")]
    [InlineData("cases: [{program: x}]")]
    [InlineData("[]")]
    public void WhatDoesNotFitIsRefused(string text)
    {
        var problems = new List<string>();
        ScenarioReader.Read(new ScenarioSource("/x.yaml", "x.yaml", "x.yaml"), text, problems);
        Assert.NotEmpty(problems);
        Assert.NotEmpty(new JsonSchema(Schema).Check(YamlToJson.Read(text)));
    }

    private static IEnumerable<string> PropertiesOf(JsonElement mapping) =>
        mapping.GetProperty("properties").EnumerateObject().Select(static property => property.Name).Order(StringComparer.Ordinal);
}
