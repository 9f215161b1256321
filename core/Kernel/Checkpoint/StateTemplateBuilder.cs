using System.Collections;
using Kpio.Contracts.Platform;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// Takes records apart that <see cref="StateReader"/> has made, and that nobody else has: into parts that each copy has of its own, and the links
/// between them. What copies may share, numbers and texts, stays in the part that it is a field of. Used once.
/// </summary>
internal sealed class StateTemplateBuilder
{
    private readonly StateShapes _shapes;
    private readonly List<TemplatePart> _parts = [];
    private readonly List<TemplateLink> _links = [];
    private readonly Dictionary<object, TemplatePart> _known = new(ReferenceEqualityComparer.Instance);

    private StateTemplateBuilder(StateShapes shapes) => _shapes = shapes;

    /// <summary>Makes a template of an object of the contracts with all that it refers to, which is the template's from now on.</summary>
    public static StateTemplate Make(StateShapes shapes, object root)
    {
        var builder = new StateTemplateBuilder(shapes);
        builder.TakeObject(root);
        return new StateTemplate([.. builder._parts], [.. builder._links]);
    }

    /// <summary>The part that stands for a value, or the value where copies share it.</summary>
    private object? Take(StateShape shape, object? value)
    {
        if (shape.Kind == ShapeKind.UserMemory)
            return Add(TemplatePartKind.UserMemory, shape);
        if (value is null || shape.IsPlain)
            return value;
        return shape.Kind switch
        {
            ShapeKind.Bytes => Add(TemplatePartKind.Bytes, value),
            ShapeKind.Memory => Add(TemplatePartKind.Memory, ((ReadOnlyMemory<byte>)value).ToArray()),
            ShapeKind.Registers => Add(TemplatePartKind.Registers, ImageOf((ICpuContextImage)value)),
            ShapeKind.Object => TakeObject(value),
            ShapeKind.Array => TakeArray(shape, (Array)value, isKnown: true),
            ShapeKind.List => shape.Made is { } made ? TakeList(shape, made, (IList)value) : TakeArray(shape, (Array)value, isKnown: false),
            ShapeKind.Dictionary => TakeDictionary(shape, (IDictionary)value),
            ShapeKind.Optional => Take(shape.Element!, value),
            _ => TakeFields(Add(TemplatePartKind.Copy, value), shape),
        };
    }

    private TemplatePart Add(TemplatePartKind kind, object value)
    {
        var part = new TemplatePart(_parts.Count, kind, value);
        _parts.Add(part);
        return part;
    }

    private TemplatePart TakeObject(object value)
    {
        if (_known.TryGetValue(value, out TemplatePart? known))
            return known;
        TemplatePart part = Add(TemplatePartKind.Copy, value);
        _known.Add(value, part);
        return TakeFields(part, _shapes.Of(value.GetType()));
    }

    // A structure's own links come before the one that puts it into its owner, which copies it.
    private TemplatePart TakeFields(TemplatePart part, StateShape shape)
    {
        foreach (StateField field in shape.Fields)
        {
            if (field.Shape.IsPlain)
                continue;
            if (Take(field.Shape, field.Get(part.Value)) is not TemplatePart value)
                continue;
            _links.Add(new TemplateLink(part, value) { Field = field });

            // Registers belong to a processor; the template keeps their image alone.
            if (field.Shape.Kind == ShapeKind.Registers)
                field.Set(part.Value, null);
        }

        return part;
    }

    private TemplatePart TakeArray(StateShape shape, Array array, bool isKnown)
    {
        if (isKnown && _known.TryGetValue(array, out TemplatePart? known))
            return known;
        TemplatePart part = Add(TemplatePartKind.Copy, array);
        if (isKnown)
            _known.Add(array, part);
        if (shape.Element!.IsPlain)
            return part;
        for (int i = 0; i < array.Length; i++)
        {
            if (Take(shape.Element, array.GetValue(i)) is TemplatePart value)
                _links.Add(new TemplateLink(part, value) { Index = i });
        }

        return part;
    }

    private TemplatePart TakeList(StateShape shape, Type made, IList list)
    {
        TemplatePart part = Add(TemplatePartKind.Collection, made);
        foreach (object? item in list)
            _links.Add(new TemplateLink(part, Take(shape.Element!, item)));
        return part;
    }

    private TemplatePart TakeDictionary(StateShape shape, IDictionary dictionary)
    {
        TemplatePart part = Add(TemplatePartKind.Collection, shape.Made!);
        foreach (DictionaryEntry pair in dictionary)
        {
            object key = Take(shape.Key!, pair.Key)!;
            _links.Add(new TemplateLink(part, Take(shape.Element!, pair.Value)) { Key = key });
        }

        return part;
    }

    private static byte[] ImageOf(ICpuContextImage registers)
    {
        byte[] image = new byte[registers.ImageSize];
        registers.WriteImage(image);
        return image;
    }
}
