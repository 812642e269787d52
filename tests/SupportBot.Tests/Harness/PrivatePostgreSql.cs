using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace SupportBot.Tests.Harness;

/// <summary>A PostgreSQL of a test's own, which it may stop and start again.</summary>
sealed class PrivatePostgreSql : IAsyncDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("supportbot-postgresql-").FullName;
    readonly int port = FreePort();
    Process? server;

    internal string ConnectionString => $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Timeout=5";

    internal static async Task<PrivatePostgreSql> StartAsync()
    {
        var made = new PrivatePostgreSql();
        if (Environment.UserName == "root")
        {
            await RunAsync("chown", User, made.folder);
        }

        await RunAsync([.. Owner, Bin("initdb"), $"--pgdata={made.folder}/cluster", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        await made.ResumeAsync();
        return made;
    }

    /// <summary>As a crash: nobody is told, open transactions are lost.</summary>
    internal async Task StopAsync()
    {
        // SIGQUIT: immediate shutdown (PostgreSQL, Shutting Down the Server). Killed outright, it would leave its memory behind.
        await RunAsync("kill", "-QUIT", server!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await server.WaitForExitAsync(CancellationToken.None);
        server.Dispose();
        server = null;
    }

    /// <summary>Started again, and answering.</summary>
    internal async Task ResumeAsync()
    {
        string[] command =
        [
            .. Owner, Bin("postgres"), "-D", $"{folder}/cluster", "-p", port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
        ];
        server = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder, UseShellExecute = false })!;
        server.ErrorDataReceived += (_, _) => { };
        server.OutputDataReceived += (_, _) => { };
        server.BeginErrorReadLine();
        server.BeginOutputReadLine();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var tick = 0; tick < 600; tick++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
                await connection.OpenAsync(TestContext.Current.CancellationToken);
                return;
            }
            catch (NpgsqlException)
            {
                await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }

        throw new TimeoutException("PostgreSQL does not answer.");
    }

    /// <summary>PostgreSQL refuses to run as root.</summary>
    static string[] Owner => Environment.UserName == "root" ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups"] : [];

    static string User => File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    static string Bin(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(path => Path.Combine(path, name))
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin", name)) : [])
        .First(File.Exists);

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var complaint = await process.StandardError.ReadToEndAsync(CancellationToken.None);
        await output;
        await process.WaitForExitAsync(CancellationToken.None);
        Assert.True(process.ExitCode == 0, $"{command[0]}: {complaint}");
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await StopAsync();
        }

        Directory.Delete(folder, recursive: true);
    }
}
