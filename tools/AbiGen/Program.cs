using AbiGen;

// abigen [--check] [--root DIR]: reads plugins/LinuxAbi/Abi/*.abi and writes plugins/LinuxAbi/Generated and docs/abi-coverage.md.
// --check writes nothing and fails when a file would change.
bool check = false;
string? root = null;
for (int i = 0; i < args.Length; i++)
{
    if (args[i] == "--check")
    {
        check = true;
    }
    else if (args[i] == "--root" && i + 1 < args.Length)
    {
        root = args[++i];
    }
    else
    {
        Console.Error.WriteLine("usage: abigen [--check] [--root DIR]");
        return 2;
    }
}

root ??= FindRoot(Directory.GetCurrentDirectory());
if (root is null)
{
    Console.Error.WriteLine("abigen: no KPIO.sln here or above; use --root DIR");
    return 2;
}

string sources = Path.Combine(root, "plugins", "LinuxAbi", "Abi");
string[] files = [.. Directory.GetFiles(sources, "*.abi").Order(StringComparer.Ordinal)];
Generation generation = Generator.Generate([.. files.Select(f => new AbiSource(Path.GetRelativePath(root, f), File.ReadAllText(f)))]);
foreach (string error in generation.Errors)
    Console.Error.WriteLine(error);
if (generation.Errors.Count > 0)
    return 1;

int stale = 0;
foreach ((string path, string text) in generation.Files)
{
    string target = Path.Combine(root, path);
    if (File.Exists(target) && File.ReadAllText(target) == text)
        continue;
    stale++;
    if (check)
    {
        Console.Error.WriteLine($"{path}: is not what tools/AbiGen makes of plugins/LinuxAbi/Abi; run it");
        continue;
    }

    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
    File.WriteAllText(target, text);
    Console.WriteLine($"wrote {path}");
}

return check && stale > 0 ? 1 : 0;

static string? FindRoot(string from)
{
    for (string? folder = from; folder is not null; folder = Path.GetDirectoryName(folder))
    {
        if (File.Exists(Path.Combine(folder, "KPIO.sln")))
            return folder;
    }

    return null;
}
