namespace Kpio.Cli.Sandbox.Comparing;

/// <summary>
/// Puts two sequences side by side with as few leftovers as possible (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986). Where more
/// than some thousand elements are left over it commits to the best that it has found and goes on from there.
/// </summary>
internal static class Alignment
{
    private const int MostSteps = 1500;

    /// <summary>The pairs in order; -1 for nothing on that side.</summary>
    public static List<(int A, int B)> Of(int[] a, int[] b)
    {
        var pairs = new List<(int A, int B)>();
        int x = 0;
        int y = 0;
        while (x < a.Length || y < b.Length)
        {
            while (x < a.Length && y < b.Length && a[x] == b[y])
                pairs.Add((x++, y++));
            if (x == a.Length || y == b.Length)
                break;
            (x, y) = Advance(a.AsSpan(x), b.AsSpan(y), x, y, pairs);
        }

        while (x < a.Length)
            pairs.Add((x++, -1));
        while (y < b.Length)
            pairs.Add((-1, y++));
        return pairs;
    }

    /// <summary>Finds the shortest way to the end, or the farthest within the steps allowed, adds it to the pairs, and answers where it ends.</summary>
    private static (int X, int Y) Advance(ReadOnlySpan<int> a, ReadOnlySpan<int> b, int fromX, int fromY, List<(int A, int B)> pairs)
    {
        int most = Math.Min(a.Length + b.Length, MostSteps);
        int middle = most + 1;
        int[] reach = new int[(2 * most) + 3]; // by diagonal x - y: the farthest x; -1 for none
        Array.Fill(reach, -1);
        reach[middle + 1] = 0;
        var rows = new List<int[]>();
        int end = a.Length - b.Length;
        for (int step = 0; step <= most; step++)
        {
            int best = 0;
            int bestSum = -1;
            for (int diagonal = -step; diagonal <= step; diagonal += 2)
            {
                bool isDown = IsDown(reach, middle, step, diagonal);
                int from = reach[middle + diagonal + (isDown ? 1 : -1)];
                int x = isDown ? from : from + 1;
                int y = x - diagonal;
                if (from < 0 || y < 0 || x > a.Length || y > b.Length)
                {
                    reach[middle + diagonal] = -1;
                    continue;
                }

                while (x < a.Length && y < b.Length && a[x] == b[y])
                    (x, y) = (x + 1, y + 1);
                reach[middle + diagonal] = x;
                if (x + y > bestSum)
                    (best, bestSum) = (diagonal, x + y);
            }

            rows.Add(reach[(middle - step)..(middle + step + 1)]);
            if (bestSum == a.Length + b.Length)
                return Trace(rows, end, fromX, fromY, pairs);
            if (step == most)
                return Trace(rows, best, fromX, fromY, pairs);
        }

        throw new InvalidOperationException("An alignment has not ended.");
    }

    /// <summary>Whether the best way to a diagonal is a leftover of the second sequence.</summary>
    private static bool IsDown(int[] reach, int middle, int step, int diagonal) =>
        diagonal == -step || (diagonal != step && reach[middle + diagonal - 1] < reach[middle + diagonal + 1]);

    private static (int X, int Y) Trace(List<int[]> rows, int diagonal, int fromX, int fromY, List<(int A, int B)> pairs)
    {
        var reversed = new List<(int A, int B)>();
        int x = rows[^1][diagonal + rows.Count - 1];
        int y = x - diagonal;
        (int endX, int endY) = (fromX + x, fromY + y);
        for (int step = rows.Count - 1; step > 0; step--)
        {
            int[] before = rows[step - 1];
            int left = Reach(before, step, diagonal - 1);
            int right = Reach(before, step, diagonal + 1);
            bool isDown = diagonal == -step || (diagonal != step && left < right);
            int startX = isDown ? right : left + 1;
            while (x > startX)
                reversed.Add((fromX + --x, fromY + --y));
            reversed.Add(isDown ? (-1, fromY + --y) : (fromX + --x, -1));
            diagonal += isDown ? 1 : -1;
        }

        while (x > 0)
            reversed.Add((fromX + --x, fromY + --y));
        reversed.Reverse();
        pairs.AddRange(reversed);
        return (endX, endY);

        // A row has the diagonals of its own step and, between them, those of the one before.
        static int Reach(int[] row, int step, int k) => Math.Abs(k) <= step - 1 ? row[k + step - 1] : -1;
    }
}
