using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SupportBot.Tests.Audio;

/// <summary>One channel of 16-bit samples.</summary>
sealed record Sound(short[] Samples, int SamplesPerSecond)
{
    const int HeaderBytes = 44;

    internal TimeSpan Duration => TimeSpan.FromSeconds((double)Samples.Length / SamplesPerSecond);

    internal static Sound Silence(TimeSpan duration, int samplesPerSecond) => new(new short[(int)(duration.TotalSeconds * samplesPerSecond)], samplesPerSecond);

    /// <summary>One after the other; all at the rate of the first.</summary>
    internal static Sound Joined(IReadOnlyCollection<Sound> sounds) => new([.. sounds.SelectMany(sound => sound.Samples)], sounds.First().SamplesPerSecond);

    internal static Sound OfRaw(ReadOnlySpan<byte> bytes, int samplesPerSecond) => new(MemoryMarshal.Cast<byte, short>(bytes[..(bytes.Length & ~1)]).ToArray(), samplesPerSecond);

    internal byte[] ToRaw() => MemoryMarshal.AsBytes<short>(Samples).ToArray();

    /// <summary>A WAV file whose lengths may be wrong, as programs write them that do not know the end.</summary>
    internal static Sound OfWav(ReadOnlySpan<byte> wav)
    {
        var data = wav.IndexOf("data"u8);
        return data < 0
            ? throw new FormatException("This is no WAV file.")
            : OfRaw(wav[(data + 8)..], BinaryPrimitives.ReadInt32LittleEndian(wav[24..]));
    }

    internal byte[] ToWav()
    {
        var raw = ToRaw();
        var wav = new byte[HeaderBytes + raw.Length];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), HeaderBytes - 8 + raw.Length);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), SamplesPerSecond);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), SamplesPerSecond * 2);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 16);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), raw.Length);
        raw.CopyTo(wav.AsSpan(HeaderBytes));
        return wav;
    }

    /// <summary>White noise below the loudness of the speech, the same for the same seed.</summary>
    /// <param name="ratio">Speech over noise in decibels; the speech is measured where somebody speaks.</param>
    internal Sound WithNoise(double ratio, ulong seed)
    {
        var frame = SamplesPerSecond / 50;
        var powers = Samples.Chunk(frame).Select(chunk => chunk.Sum(sample => (double)sample * sample) / chunk.Length).ToList();
        var loudest = powers.DefaultIfEmpty().Max();
        var speech = Math.Sqrt(powers.Where(power => power > loudest / 100).DefaultIfEmpty().Average());
        var loudness = speech / Math.Pow(10, ratio / 20);
        var state = seed;
        return this with { Samples = [.. Samples.Select(sample => (short)Math.Clamp(sample + (loudness * Normal(ref state)), short.MinValue, short.MaxValue))] };
    }

    /// <summary>A normal deviate (Box and Muller).</summary>
    static double Normal(ref ulong state) => Math.Sqrt(-2 * Math.Log(Uniform(ref state))) * Math.Cos(2 * Math.PI * Uniform(ref state));

    /// <summary>Above 0, at most 1 (SplitMix64).</summary>
    static double Uniform(ref ulong state)
    {
        unchecked
        {
            var mixed = state += 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1UL << 53)) is var value and > 0 ? value : double.Epsilon;
        }
    }
}
