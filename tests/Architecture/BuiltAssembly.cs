using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Kpio.Testing;

namespace Kpio.Architecture.Tests;

/// <summary>An assembly of the product as the compiler left it, read without loading it.</summary>
internal sealed class BuiltAssembly : IDisposable
{
    private readonly PEReader _file;

    private BuiltAssembly(string name, PEReader file)
    {
        Name = name;
        _file = file;
        Metadata = file.GetMetadataReader();
    }

    public string Name { get; }

    public MetadataReader Metadata { get; }

    /// <summary>The names of the product's assemblies: each project of core, platform, plugins and tools.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. ((string[])["core", "platform", "plugins", "tools"])
            .SelectMany(static folder => Directory.GetFiles(RepositoryRoot.Combine(folder), "*.csproj", SearchOption.AllDirectories))
            .Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal)!,
    ];

    /// <summary>The plugins among them.</summary>
    public static IReadOnlyList<string> Plugins { get; } = [.. Names.Where(static name => name.StartsWith("Kpio.Plugins.", StringComparison.Ordinal))];

    /// <summary>Opens one, from the same configuration as the running tests.</summary>
    public static BuiltAssembly Open(string name)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string path = RepositoryRoot.Combine("artifacts", "bin", name, configuration, name + ".dll");
        return new BuiltAssembly(name, new PEReader(File.OpenRead(path)));
    }

    /// <summary>The assemblies it references, the base library apart.</summary>
    public IEnumerable<string> References() => Metadata.AssemblyReferences
        .Select(handle => Metadata.GetString(Metadata.GetAssemblyReference(handle).Name))
        .Where(static name => !IsBaseLibrary(name));

    /// <summary>Fields that are static and not constants, without those that the compiler makes.</summary>
    public IEnumerable<StaticField> StaticFields()
    {
        var provider = new TypeNames();
        foreach (TypeDefinitionHandle handle in Metadata.TypeDefinitions)
        {
            TypeDefinition type = Metadata.GetTypeDefinition(handle);
            string typeName = FullName(type);
            if (typeName.Contains('<', StringComparison.Ordinal) || IsGenerated(type.GetCustomAttributes()))
                continue;
            foreach (FieldDefinitionHandle fieldHandle in type.GetFields())
            {
                FieldDefinition field = Metadata.GetFieldDefinition(fieldHandle);
                if (!field.Attributes.HasFlag(FieldAttributes.Static) || field.Attributes.HasFlag(FieldAttributes.Literal))
                    continue;
                string name = Metadata.GetString(field.Name);
                // The field behind a property is the program's own; other names in angle brackets are caches of delegates.
                if (name.Contains('<', StringComparison.Ordinal) && !name.EndsWith("k__BackingField", StringComparison.Ordinal))
                    continue;
                TypeName fieldType = field.DecodeSignature(provider, null);
                bool perThread = field.GetCustomAttributes().Any(a => AttributeName(a) == "System.ThreadStaticAttribute");
                yield return new StaticField($"{typeName}.{name}", fieldType, field.Attributes.HasFlag(FieldAttributes.InitOnly), perThread);
            }
        }
    }

    /// <summary>Methods that call into a library of the host.</summary>
    public IEnumerable<string> PlatformInvokes() =>
        from handle in Metadata.MethodDefinitions
        let method = Metadata.GetMethodDefinition(handle)
        where method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)
        select FullName(Metadata.GetTypeDefinition(method.GetDeclaringType())) + "." + Metadata.GetString(method.Name);

    /// <summary>Whether it was compiled with unsafe code allowed: the compiler marks the module.</summary>
    public bool AllowsUnsafe() =>
        Metadata.GetModuleDefinition().GetCustomAttributes().Any(a => AttributeName(a) == "System.Security.UnverifiableCodeAttribute");

    /// <summary>Public interfaces with the number of their members: a property or an event counts once.</summary>
    public IEnumerable<(string Name, int Members)> PublicInterfaces()
    {
        foreach (TypeDefinitionHandle handle in Metadata.TypeDefinitions)
        {
            TypeDefinition type = Metadata.GetTypeDefinition(handle);
            if (!type.Attributes.HasFlag(TypeAttributes.Interface) || !type.Attributes.HasFlag(TypeAttributes.Public))
                continue;
            int methods = type.GetMethods().Count(m => !Metadata.GetMethodDefinition(m).Attributes.HasFlag(MethodAttributes.SpecialName));
            yield return (FullName(type), methods + type.GetProperties().Count + type.GetEvents().Count);
        }
    }

    /// <summary>Whether a class of this assembly has an instance field that can change after construction.</summary>
    public bool IsMutableClass(string fullName)
    {
        foreach (TypeDefinitionHandle handle in Metadata.TypeDefinitions)
        {
            TypeDefinition type = Metadata.GetTypeDefinition(handle);
            if (FullName(type) != fullName || type.Attributes.HasFlag(TypeAttributes.Interface))
                continue;
            return type.GetFields().Select(f => Metadata.GetFieldDefinition(f).Attributes)
                .Any(static a => !a.HasFlag(FieldAttributes.Static) && !a.HasFlag(FieldAttributes.InitOnly));
        }

        return false;
    }

    public void Dispose() => _file.Dispose();

    public static bool IsBaseLibrary(string name) =>
        name is "netstandard" or "mscorlib" || name == "System" || (name.StartsWith("System.", StringComparison.Ordinal) && name != "System.CommandLine")
        || name.StartsWith("Microsoft.Win32.", StringComparison.Ordinal);

    private string FullName(TypeDefinition type)
    {
        string name = Metadata.GetString(type.Name);
        if (!type.GetDeclaringType().IsNil)
            return FullName(Metadata.GetTypeDefinition(type.GetDeclaringType())) + "." + name;
        string space = Metadata.GetString(type.Namespace);
        return space.Length == 0 ? name : space + "." + name;
    }

    private bool IsGenerated(CustomAttributeHandleCollection attributes) => attributes.Any(a => AttributeName(a) is
        "System.Runtime.CompilerServices.CompilerGeneratedAttribute" or "System.CodeDom.Compiler.GeneratedCodeAttribute");

    private string AttributeName(CustomAttributeHandle handle)
    {
        CustomAttribute attribute = Metadata.GetCustomAttribute(handle);
        if (attribute.Constructor.Kind != HandleKind.MemberReference)
            return "";
        EntityHandle parent = Metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
        if (parent.Kind != HandleKind.TypeReference)
            return "";
        TypeReference type = Metadata.GetTypeReference((TypeReferenceHandle)parent);
        return Metadata.GetString(type.Namespace) + "." + Metadata.GetString(type.Name);
    }
}

/// <summary>A static field as the metadata has it.</summary>
internal sealed record StaticField(string Name, TypeName Type, bool IsReadOnly, bool IsPerThread);

/// <summary>A type's full name without its arguments, and whether this assembly defines it.</summary>
internal sealed record TypeName(string Name, bool IsOwn);

/// <summary>Turns field signatures into names.</summary>
internal sealed class TypeNames : ISignatureTypeProvider<TypeName, object?>
{
    public TypeName GetPrimitiveType(PrimitiveTypeCode typeCode) => new(typeCode.ToString(), false);

    public TypeName GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        string name = reader.GetString(type.Name);
        return type.GetDeclaringType().IsNil
            ? new TypeName(reader.GetString(type.Namespace) + "." + name, true)
            : new TypeName(GetTypeFromDefinition(reader, type.GetDeclaringType(), rawTypeKind).Name + "." + name, true);
    }

    public TypeName GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        TypeReference type = reader.GetTypeReference(handle);
        return new TypeName(reader.GetString(type.Namespace) + "." + reader.GetString(type.Name), false);
    }

    public TypeName GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public TypeName GetGenericInstantiation(TypeName genericType, ImmutableArray<TypeName> typeArguments) => genericType;

    public TypeName GetSZArrayType(TypeName elementType) => new(elementType.Name + "[]", false);

    public TypeName GetArrayType(TypeName elementType, ArrayShape shape) => new(elementType.Name + "[,]", false);

    public TypeName GetByReferenceType(TypeName elementType) => elementType;

    public TypeName GetPointerType(TypeName elementType) => new(elementType.Name + "*", false);

    public TypeName GetPinnedType(TypeName elementType) => elementType;

    public TypeName GetModifiedType(TypeName modifier, TypeName unmodifiedType, bool isRequired) => unmodifiedType;

    public TypeName GetGenericMethodParameter(object? genericContext, int index) => new("!!" + index, false);

    public TypeName GetGenericTypeParameter(object? genericContext, int index) => new("!" + index, false);

    public TypeName GetFunctionPointerType(MethodSignature<TypeName> signature) => new("delegate*", false);
}
