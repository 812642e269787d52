using System.Security.Cryptography;
using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Secrets;

public sealed class SecretKeysTests
{
    [Fact]
    public async Task Those_who_start_at_once_share_one_key()
    {
        await using var storage = await TestStorage.CreateEmptyAsync(Engine.Sqlite);
        File.Delete(storage.KeyFile);

        var keys = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => storage.OpenSecrets(storage.Database))));

        Assert.Single(keys.Select(key => Convert.ToHexString(key.Derive("test"))).Distinct(StringComparer.Ordinal));
        Assert.Equal(["supportbot.key"], Directory.GetFiles(storage.Folder).Select(Path.GetFileName).Where(name => name!.Contains("key", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Only_the_owner_reads_the_key_file()
    {
        await using var storage = await TestStorage.CreateEmptyAsync(Engine.Sqlite);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(storage.KeyFile));
    }

    [Fact]
    public async Task A_sealed_value_cannot_be_moved_to_another_row_or_column()
    {
        await using var storage = await TestStorage.CreateEmptyAsync(Engine.Sqlite);
        var value = storage.Secrets.Seal("hello, ñ", "deliveries/1/body");

        Assert.Equal("hello, ñ", storage.Secrets.Open(value, "deliveries/1/body"));
        Assert.ThrowsAny<CryptographicException>(() => storage.Secrets.Open(value, "deliveries/2/body"));
        Assert.ThrowsAny<CryptographicException>(() => storage.Secrets.Open(value, "deliveries/1/number"));
    }

    [Fact]
    public async Task A_sealed_value_that_was_changed_does_not_open()
    {
        await using var storage = await TestStorage.CreateEmptyAsync(Engine.Sqlite);
        var value = Convert.FromBase64String(storage.Secrets.Seal("hello", "c"));

        for (var at = 0; at < value.Length; at++)
        {
            var changed = value.ToArray();
            changed[at] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => storage.Secrets.Open(Convert.ToBase64String(changed), "c"));
        }
    }

    [Fact]
    public async Task The_same_text_is_sealed_differently_each_time()
    {
        await using var storage = await TestStorage.CreateEmptyAsync(Engine.Sqlite);

        Assert.NotEqual(storage.Secrets.Seal("hello", "c"), storage.Secrets.Seal("hello", "c"));
    }

    [Fact]
    public async Task A_number_has_one_fingerprint_under_one_key_and_another_under_another()
    {
        await using var storage = await TestStorage.CreateEmptyAsync(Engine.Sqlite);
        await using var other = await TestStorage.CreateEmptyAsync(Engine.Sqlite);
        _ = PhoneNumber.TryParse("(202) 555-0123", out var written);
        _ = PhoneNumber.TryParse("+12025550123", out var number);

        Assert.Equal(storage.Secrets.Fingerprint(written), storage.OpenSecrets(storage.Database).Fingerprint(number));
        Assert.NotEqual(storage.Secrets.Fingerprint(number), other.Secrets.Fingerprint(number));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not hexadecimal")]
    [InlineData("00ff")]
    public async Task A_damaged_key_file_stops_the_start_instead_of_being_replaced(string text)
    {
        await using var storage = await TestStorage.CreateEmptyAsync(Engine.Sqlite);
        await File.WriteAllTextAsync(storage.KeyFile, text, TestContext.Current.CancellationToken);

        var problem = Assert.Throws<InvalidOperationException>(() => storage.OpenSecrets(storage.Database));

        Assert.Contains(storage.KeyFile, problem.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(storage.KeyFile, TestContext.Current.CancellationToken));
    }
}
