using System.Text;

namespace HmacFileServer.Tests.Settings.Toml;

/// <summary>Valid documents that together use all of the grammar.</summary>
internal static class TomlSeeds
{
    public static readonly IReadOnlyList<byte[]> Documents =
    [
        .. new[]
        {
            """
            # An upload server
            title = "files"
            [server]
            listen = ["127.0.0.1:8080", "[::1]:8080"] # two
            secret = 'C:\not\an\escape'
            "max size" = 10_485_760
            enabled = true
            [server.limits]
            ratio = 0.75
            burst = +1e3
            [[owners]]
            name = "alice"
            quota = { bytes = 1, days.keep = 30 }
            [[owners]]
            name = "bob"
            """,
            """"""
            a.b.c = 1
            a.b.d = { e.f = [ ], g = {} }
            a.'x y'."z\n" = -0
            text = """
            first \
                folded "quoted" ""twice""
            \u00e9 \U0001F600 \\ \t end""""
            raw = '''
            it's 'raw' \ here'''''
            empty = ""
            """""",
            """
            hex = 0xDEAD_beef
            oct = 0o7_55
            bin = 0b1101
            floats = [1.0, -3.14, 6.626e-34, 5E+22, inf, -inf, +nan, 1_0.0_1e1_0, -0.0]
            ints = [
              0, +99, 1_000, 9223372036854775807, # the largest
              -9223372036854775808,
            ]
            bools = [ true,false ]
            nested = [[1, 2], ["a", 'b'], [{x = 1}, {}], [[[]]]]
            """,
            """
            odt1 = 1979-05-27T07:32:00Z
            odt2 = 1979-05-27T00:32:00.999999-07:00
            odt3 = 1979-05-27 07:32:00z
            ldt = 1979-05-27T07:32:00.5
            day = 2024-02-29
            time = 23:59:59.1234567
            dates = [2000-01-01, 12:00:00, 2000-01-01 12:00:00]
            """,
            """
            [a.b.c]
            x = 1
            [a]
            y.z = 2
            [a.b]
            [[a.list]]
            k = 1
            [a.list.sub]
            k = 2
            [[a.list.deep]]
            [[a.list]]
            [a.list.sub]
            [fruit]
            apple.color = "red"
            apple.taste.sweet = true
            [fruit.apple.texture]
            smooth = true
            """,
            "crlf = 1\r\ntext = \"\"\"\r\na\\\r\n  b\r\n\"\"\"\r\n[a] # \tend\r\n\"кириллица\" = 'ü 漢 😀'\r\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];
}
