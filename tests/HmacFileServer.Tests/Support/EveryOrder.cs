namespace HmacFileServer.Tests.Support;

/// <summary>Steps of several, in every order in which they can come: a race without a clock.</summary>
internal static class EveryOrder
{
    /// <param name="begin">Anew for each order, which has the number. What they do up to a name, or to their end, is
    /// one step.</param>
    /// <param name="end">After each order, told as the names of its steps.</param>
    public static int Of(Func<int, IEnumerable<string>[]> begin, Action<int, string> end)
    {
        var way = new List<(int Chosen, int Among)>(); // the last order's; the next one turns off as late as it can
        for (var number = 0; ; number++)
        {
            end(number, Walk(begin(number), way));
            while (way.Count > 0 && way[^1].Chosen + 1 == way[^1].Among)
            {
                way.RemoveAt(way.Count - 1);
            }

            if (way.Count == 0)
            {
                return number + 1;
            }

            way[^1] = way[^1] with { Chosen = way[^1].Chosen + 1 };
        }
    }

    private static string Walk(IEnumerable<string>[] all, List<(int Chosen, int Among)> way)
    {
        var running = all.Select((steps, index) => (Steps: steps.GetEnumerator(), Name: $"{index} ends")).ToList();
        var names = new List<string>();
        for (var step = 0; running.Count > 0; step++)
        {
            if (step == way.Count)
            {
                way.Add((0, running.Count));
            }

            var next = running[way[step].Chosen];
            if (next.Steps.MoveNext())
            {
                names.Add(next.Steps.Current);
            }
            else
            {
                names.Add(next.Name);
                running.Remove(next);
            }
        }

        return string.Join(", ", names);
    }
}
