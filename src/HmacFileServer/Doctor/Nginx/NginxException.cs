using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Nginx;

/// <summary>What was given is no nginx configuration: where, and a sentence.</summary>
internal sealed class NginxException(Place place, string sentence) : Exception(sentence)
{
    public Place Place { get; } = place;
}
