using System.Globalization;

namespace HmacFileServer.Settings.Toml.Reading;

/// <summary>Integers of 64 bits in four radixes, and floats of 64 bits with <c>inf</c> and <c>nan</c>.</summary>
internal static class TomlNumbers
{
    public static TomlValue Read(ReadOnlySpan<byte> word, TomlPosition position)
    {
        var isSigned = word[0] is (byte)'+' or (byte)'-';
        var number = isSigned ? word[1..] : word;

        if (number.SequenceEqual("inf"u8))
        {
            return new TomlFloat(word[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity, position);
        }

        if (number.SequenceEqual("nan"u8))
        {
            return new TomlFloat(double.NaN, position);
        }

        if (!isSigned && number is [(byte)'0', (byte)'x' or (byte)'o' or (byte)'b', ..])
        {
            return ReadPrefixed(number, position);
        }

        var whole = CountDigits(number, 10);
        if (whole > 1 && number[0] == '0')
        {
            throw new TomlException("A number cannot begin with a zero.", position);
        }

        if (whole == 0 || !IsFractionAndExponent(number[whole..]))
        {
            throw NotAValue(word, position);
        }

        return whole == number.Length ? ReadInteger(word, position) : ReadFloat(word, position);
    }

    private static TomlInteger ReadInteger(ReadOnlySpan<byte> word, TomlPosition position) =>
        long.TryParse(
            WithoutUnderscores(word), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? new TomlInteger(value, position)
            : throw TooLarge(position);

    // Beyond the largest double it is infinity, as IEEE 754 rounds.
    private static TomlFloat ReadFloat(ReadOnlySpan<byte> word, TomlPosition position) => new(
        double.Parse(WithoutUnderscores(word), NumberStyles.Float, CultureInfo.InvariantCulture), position);

    private static TomlInteger ReadPrefixed(ReadOnlySpan<byte> number, TomlPosition position)
    {
        var radix = number[1] switch { (byte)'x' => 16, (byte)'o' => 8, _ => 2 };
        var digits = number[2..];
        if (digits.IsEmpty || CountDigits(digits, radix) != digits.Length)
        {
            throw NotAValue(number, position);
        }

        var value = 0L;
        foreach (var octet in digits)
        {
            if (octet == '_')
            {
                continue;
            }

            if (value > (long.MaxValue - DigitOf(octet)) / radix)
            {
                throw TooLarge(position);
            }

            value = (value * radix) + DigitOf(octet);
        }

        return new TomlInteger(value, position);
    }

    /// <summary>Nothing, <c>.5</c>, <c>e-7</c> or both, and nothing after it.</summary>
    private static bool IsFractionAndExponent(ReadOnlySpan<byte> rest)
    {
        if (rest is [(byte)'.', .. var fraction])
        {
            var digits = CountDigits(fraction, 10);
            if (digits == 0)
            {
                return false;
            }

            rest = fraction[digits..];
        }

        if (rest is [(byte)'e' or (byte)'E', .. var exponent])
        {
            var unsigned = exponent is [(byte)'+' or (byte)'-', .. var afterSign] ? afterSign : exponent;
            return !unsigned.IsEmpty && CountDigits(unsigned, 10) == unsigned.Length;
        }

        return rest.IsEmpty;
    }

    /// <summary>The length of the digits at the beginning, with single underscores between two of them.</summary>
    private static int CountDigits(ReadOnlySpan<byte> text, int radix)
    {
        var count = 0;
        while (count < text.Length)
        {
            var isSeparator = text[count] == '_' && count > 0;
            var digit = isSeparator ? count + 1 : count;
            if (digit == text.Length || DigitOf(text[digit]) >= radix)
            {
                break;
            }

            count = digit + 1;
        }

        return count;
    }

    private static int DigitOf(byte octet) => octet switch
    {
        >= (byte)'0' and <= (byte)'9' => octet - '0',
        >= (byte)'a' and <= (byte)'f' => octet - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => octet - 'A' + 10,
        _ => int.MaxValue,
    };

    private static ReadOnlySpan<byte> WithoutUnderscores(ReadOnlySpan<byte> word)
    {
        if (!word.Contains((byte)'_'))
        {
            return word;
        }

        var digits = new byte[word.Length];
        var length = 0;
        foreach (var octet in word)
        {
            digits[length] = octet;
            length += octet == '_' ? 0 : 1;
        }

        return digits.AsSpan(0, length);
    }

    private static TomlException TooLarge(TomlPosition position) =>
        new("The integer does not fit in 64 bits.", position);

    private static TomlException NotAValue(ReadOnlySpan<byte> word, TomlPosition position) => new(
        char.IsAsciiLetter((char)word[0])
            ? "This is no value; text must stand in quotes."
            : "This is not a number as TOML writes it; text must stand in quotes.",
        position);
}
