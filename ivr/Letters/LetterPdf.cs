using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using SupportBot.Knowledge.Content;

namespace SupportBot.Ivr.Letters;

/// <summary>A letter as a PDF page (ISO 32000-1): US Letter, the address where a window envelope shows it, the code large and alone.</summary>
/// <remarks>Uses three of the standard 14 fonts (§9.6.2.2), which every printer and reader has, so that nothing depends on the fonts of this machine.</remarks>
public static class LetterPdf
{
    const int Width = 612;
    const int Height = 792;
    const int Margin = 72;
    const int TextSize = 11;
    const int HeadSize = 16;
    const int CodeSize = 28;
    const double Leading = 1.4;

    /// <summary>From the top: below the fold of a number 10 window envelope.</summary>
    const int AddressAt = 144;
    const int BodyAt = 288;

    /// <summary>Widths of Helvetica from the space on, in thousandths of the size (Adobe Font Metrics).</summary>
    static readonly ImmutableArray<int> widths =
    [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
        1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
        333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ];

    public static byte[] Of(Letter letter, string sender)
    {
        var page = new StringBuilder();
        var y = (double)Margin;
        foreach (var line in sender.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            Show(page, "F1", TextSize, y, line);
            y += TextSize * Leading;
        }

        y = AddressAt;
        var address = letter.To;
        foreach (var line in (string[])[address.Name, address.Line1, address.Line2, $"{address.City} {address.State} {address.Zip}"])
        {
            if (line.Length > 0)
            {
                Show(page, "F1", TextSize, y, line);
                y += TextSize * Leading;
            }
        }

        y = BodyAt;
        foreach (var (paragraph, index) in letter.Body.Split("\n\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select((text, index) => (text, index)))
        {
            if (paragraph == letter.Code)
            {
                y += CodeSize;
                Show(page, "F3", CodeSize, y, paragraph);
                y += CodeSize;
                continue;
            }

            var (font, size) = index == 0 ? ("F2", HeadSize) : ("F1", TextSize);
            foreach (var line in Lines(paragraph, size))
            {
                Show(page, font, size, y, line);
                y += size * Leading;
            }

            y += TextSize;
        }

        return Document(page.ToString());
    }

    static IEnumerable<string> Lines(string paragraph, int size)
    {
        const double most = Width - (2 * Margin);
        var line = "";
        foreach (var word in paragraph.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && longer.Sum(WidthOf) * size / 1000.0 > most)
            {
                yield return line;
                line = word;
            }
            else
            {
                line = longer;
            }
        }

        if (line.Length > 0)
        {
            yield return line;
        }
    }

    /// <summary>An accented letter is as wide as its bare one.</summary>
    static int WidthOf(char character)
    {
        var bare = LatinLetters.Bare(character);
        return bare - ' ' is >= 0 and var index && index < widths.Length ? widths[index] : 556;
    }

    static void Show(StringBuilder page, string font, int size, double fromTop, string text) => page.Append(
        CultureInfo.InvariantCulture, $"BT /{font} {size} Tf {Margin} {Height - fromTop:0.##} Td ({Escaped(text)}) Tj ET\n");

    /// <summary>WinAnsiEncoding, in octal where it is not plain ASCII (§7.3.4.2).</summary>
    static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var value = rune.Value switch
            {
                0x2018 or 0x2019 => '\'',
                0x201C or 0x201D => '"',
                0x2013 or 0x2014 => '-',
                <= 0xFF => rune.Value,
                <= 0xFFFF when LatinLetters.Bare((char)rune.Value) is var bare and <= '\u007F' => bare,
                _ => '?',
            };
            if (value is '(' or ')' or '\\')
            {
                escaped.Append('\\').Append((char)value);
            }
            else if (value is >= 32 and < 127)
            {
                escaped.Append((char)value);
            }
            else if (value > 159)
            {
                escaped.Append('\\').Append(Convert.ToString(value, 8));
            }
        }

        return escaped.ToString();
    }

    static byte[] Document(string page)
    {
        string[] objects =
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            $"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {Width} {Height}] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R /F3 7 0 R >> >> >>",
            $"<< /Length {page.Length} >>\nstream\n{page}\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Courier-Bold /Encoding /WinAnsiEncoding >>",
        ];
        var document = new StringBuilder("%PDF-1.4\n");
        var offsets = new List<int>();
        foreach (var (text, index) in objects.Select((text, index) => (text, index)))
        {
            offsets.Add(document.Length);
            document.Append(CultureInfo.InvariantCulture, $"{index + 1} 0 obj\n{text}\nendobj\n");
        }

        var table = document.Length;
        document.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n");
        foreach (var offset in offsets)
        {
            document.Append(CultureInfo.InvariantCulture, $"{offset:0000000000} 00000 n \n");
        }

        document.Append(CultureInfo.InvariantCulture, $"trailer\n<< /Size {objects.Length + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
        return Encoding.ASCII.GetBytes(document.ToString());
    }
}
