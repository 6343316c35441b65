using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads;

/// <summary>The fields after a chunked body.</summary>
public sealed class TrailerTests
{
    [Theory]
    [InlineData("", 201)]
    [InlineData("X-Sum: abc\r\n", 201)]
    [InlineData("X-Sum: \u00c3\u00a4\r\n", 201)]
    [InlineData("X-Sum: a\tb\r\n", 201)]
    [InlineData("X-Sum: \u00ff\r\n", 400)]
    [InlineData("X-Sum: a\0b\r\n", 400)]
    [InlineData("X-Sum: a\u001bb\r\n", 400)]
    [InlineData("X-S\u00fcm: a\r\n", 400)]
    [InlineData("X Sum: a\r\n", 400)]
    [InlineData("X-Sum\r\n", 400)]
    [InlineData(": a\r\n", 400)]
    public async Task Bytes_that_are_no_text_break_the_body(string trailers, int status)
    {
        foreach (var whole in new[] { true, false })
        {
            await using var server = await TestServer.StartAsync(clock: new ManualClock());
            await using var wire = await server.ConnectAsync();
            var head = string.Join(
                "\r\n", "PUT /s1/cat.jpg HTTP/1.1", "Host: h", SignedUrls.Jwt(SignedUrls.Claims()),
                "Transfer-Encoding: chunked", "", "5", "hello", "0", "");
            if (whole)
            {
                await wire.SendAsync(Encoding.Latin1.GetBytes(head + trailers + "\r\n"));
            }
            else
            {
                await wire.SendAsync(Encoding.Latin1.GetBytes(head));
                await wire.SendAsync(Encoding.Latin1.GetBytes(trailers + "\r\n"));
            }

            var answer = await wire.ReadAsync();

            (answer.Status, answer["X-Refusal"]).Should().Be((status, status == 400 ? "broken-body" : null));
            server.ExpectLeft(status == 201 ? ["s1/cat.jpg"] : []);
            server.Log.Of(104).Should().BeEmpty();
        }
    }
}
