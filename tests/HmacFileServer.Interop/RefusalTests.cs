namespace HmacFileServer.Interop;

/// <summary>
/// A large upload that is refused shows its status, every time. The server answers before the body; a close with
/// unread bytes would turn the answer into a reset, and a proxy would turn that into 502.
/// </summary>
[Collection(SharedDeployment.Name)]
public sealed class RefusalTests(Deployment deployment)
{
    private const int Times = 50;
    private const long Gibibyte = 1L << 30;

    // What a buffering proxy passes on is first sent to it whole, so there fifty gigabytes become fifty times this.
    // It is still over the 32 MiB that the server takes, and over anything the sockets between could hold.
    private const long BufferedSize = 64L << 20;

    [TheoryWith(Installed.Slixmpp)]
    [InlineData(Refused.Forged, 403)]
    [InlineData(Refused.TooLarge, 413)]
    public Task A_refused_gibibyte_shows_its_status_directly(Refused why, int status) =>
        RefuseAsync(deployment.StrictProduct.Url, why, status, Gibibyte, Times);

    [TheoryWith(Installed.Nginx, Installed.Slixmpp)]
    [InlineData(Refused.Forged, 403)]
    [InlineData(Refused.TooLarge, 413)]
    public Task A_refused_gibibyte_shows_its_status_through_nginx(Refused why, int status) =>
        RefuseAsync(deployment.ThroughToStrict(RequestBuffering.Off), why, status, Gibibyte, Times);

    [TheoryWith(Installed.Nginx, Installed.Slixmpp)]
    [InlineData(Refused.Forged, 403)]
    [InlineData(Refused.TooLarge, 413)]
    public Task A_refused_upload_shows_its_status_through_nginx_that_buffers(Refused why, int status) =>
        RefuseAsync(deployment.ThroughToStrict(RequestBuffering.On), why, status, BufferedSize, Times);

    [TheoryWith(Installed.Nginx, Installed.Slixmpp)]
    [InlineData(Refused.Forged, 403)]
    [InlineData(Refused.TooLarge, 413)]
    public Task A_refused_gibibyte_shows_its_status_through_nginx_that_buffers(Refused why, int status) =>
        RefuseAsync(deployment.ThroughToStrict(RequestBuffering.On), why, status, Gibibyte, 1);

    [FactWith(Installed.Nginx, Installed.Slixmpp)]
    public async Task A_client_that_sends_its_whole_gibibyte_before_it_looks_still_finds_the_status_behind_nginx()
    {
        var url = Url(deployment.ThroughToStrict(RequestBuffering.Off), Refused.Forged, Gibibyte);

        var put = await deployment.Client.PutAsync(new Upload(url, Gibibyte) { IsStubborn = true });

        put.Failure.Should().BeNull();
        put.Status.Should().Be(403);
        put.Sent.Should().Be(Gibibyte);
    }

    /// <remarks>
    /// A refusal whose head and sentence reach nginx in two packets fails here about once in fifty: curl stops sending
    /// on the head, nginx takes that for a broken upload and ends the stream with INTERNAL_ERROR before the sentence.
    /// </remarks>
    [TheoryWith(Installed.Nginx, Installed.Curl)]
    [InlineData(Refused.Forged, RequestBuffering.Off, 403)]
    [InlineData(Refused.TooLarge, RequestBuffering.Off, 413)]
    [InlineData(Refused.Forged, RequestBuffering.On, 403)]
    [InlineData(Refused.TooLarge, RequestBuffering.On, 413)]
    public async Task A_refused_upload_shows_its_status_over_http2(Refused why, RequestBuffering buffering, int status)
    {
        var size = buffering is RequestBuffering.Off ? Gibibyte : BufferedSize;
        var times = buffering is RequestBuffering.Off ? Times : 5;
        var body = Curl.SparseFile(deployment.Folder, size);

        for (var time = 1; time <= times; time++)
        {
            var answer = await Curl.RunAsync(
                deployment, "--http2", "-T", body, Url(deployment.ThroughToStrict(buffering), why, size));

            answer.Should().StartWith($"{status} 2", "this is number {0}", time);
        }

        AssertNothingIsLeft();
    }

    [TheoryWith(Installed.Curl)]
    [InlineData(Refused.Forged, 403)]
    [InlineData(Refused.TooLarge, 413)]
    public async Task A_client_that_waits_for_100_Continue_sends_no_byte_of_what_is_refused(Refused why, int status)
    {
        var body = Curl.SparseFile(deployment.Folder, BufferedSize);

        var answer = await Curl.RunAsync(
            deployment,
            "-H", "Expect: 100-continue", "--expect100-timeout", "20", "-T", body,
            Url(deployment.StrictProduct.Url, why, BufferedSize));

        answer.Should().Be($"{status} 1.1 sent 0");
    }

    private static string Url(Uri uploads, Refused why, long size)
    {
        var path = $"{Guid.NewGuid()}/refused.bin";
        return why is Refused.Forged ? SignedUrls.Forged(uploads, path) : SignedUrls.V1(uploads, path, size);
    }

    private async Task RefuseAsync(Uri uploads, Refused why, int status, long size, int times)
    {
        for (var time = 1; time <= times; time++)
        {
            var put = await deployment.Client.PutAsync(new Upload(Url(uploads, why, size), size));

            put.Failure.Should().BeNull("this is number {0}", time);
            put.Status.Should().Be(status, "this is number {0}: {1}", time, put.Text);
        }

        AssertNothingIsLeft();
    }

    private void AssertNothingIsLeft()
    {
        deployment.StrictProduct.FilesLeft().Should().NotContain(static file => file.EndsWith("refused.bin"));
        deployment.StrictProduct.Incoming().Should().BeEmpty();
    }
}

/// <summary>Why an upload is refused: a signature of something else, or more than max_upload_size.</summary>
public enum Refused
{
    Forged,
    TooLarge,
}
